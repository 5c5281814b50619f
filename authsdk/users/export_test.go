package users

import "context"

// Hold takes one slot of the gate until it is released.
func (s *Service) Hold() (release func()) {
	ready, done, released := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(released)
		_ = s.gate.pass(context.Background(), func() error { close(ready); <-done; return nil })
	}()
	<-ready
	return func() { close(done); <-released }
}

// Idle reports whether nobody waits or hashes, and no attempt is open.
func (s *Service) Idle() bool {
	s.throttle.mu.Lock()
	defer s.throttle.mu.Unlock()
	return len(s.gate.places)+len(s.gate.slots)+len(s.throttle.open) == 0
}
