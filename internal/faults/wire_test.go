//go:build linux

package faults_test

import (
	"net"
	"sync"
	"testing"
	"time"
)

// wire stands between a program and a server, and can be slow, silent or cut.
type wire struct {
	listener net.Listener
	server   string

	// mu guards what is below.
	mu     sync.Mutex
	fault  fault
	mended chan struct{} // closed when the fault changes
	conns  map[net.Conn]bool
}

// fault is what a wire does to what passes.
type fault struct {
	cut    bool          // ends every connection, and each new one
	silent bool          // passes nothing
	delay  time.Duration // before each piece
	rate   int           // bytes a second, unless it is zero
	reset  int           // ends a connection after so many bytes, unless it is zero
}

// newWire returns a wire to the server at an address.
func newWire(t *testing.T, to string) *wire {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, server: to, mended: make(chan struct{}), conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { w.connect(client, &running) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		w.set(fault{cut: true})
		running.Wait()
	})
	return w
}

func (w *wire) address() string { return w.listener.Addr().String() }

// set changes what is wrong with the wire. What was held passes, or ends.
func (w *wire) set(f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
	close(w.mended)
	w.mended = make(chan struct{})
	if f.cut {
		for conn := range w.conns {
			_ = conn.Close()
		}
	}
}

func (w *wire) now() (fault, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fault, w.mended
}

func (w *wire) connect(client net.Conn, running *sync.WaitGroup) {
	server, err := net.DialTimeout("tcp", w.server, 5*time.Second)
	if err != nil {
		_ = client.Close()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fault.cut {
		_, _ = client.Close(), server.Close()
		return
	}
	w.conns[client], w.conns[server] = true, true
	running.Go(func() { w.pass(client, server) })
	running.Go(func() { w.pass(server, client) })
}

func (w *wire) pass(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.conns, from)
		delete(w.conns, to)
	}()
	buffer, passed := make([]byte, 1<<10), 0
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		for {
			f, mended := w.now()
			wait := f.delay
			if f.rate > 0 {
				wait += time.Duration(n) * time.Second / time.Duration(f.rate)
			}
			if f.cut || f.reset > 0 && passed+n > f.reset {
				return
			}
			if !f.silent && wait == 0 {
				break
			}
			if f.silent {
				wait = time.Hour
			}
			timer := time.NewTimer(wait)
			select {
			case <-mended:
				timer.Stop()
				continue
			case <-timer.C:
			}
			break
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
		passed += n
	}
}
