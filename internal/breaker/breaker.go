// Package breaker spares a server that does not answer, and those who would wait
// for it: after some calls in a row that got no answer, the next ones are told so
// at once, and one a second tries again.
package breaker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/authsdk/authsdk-go/authsdk"
)

const (
	// failures is how many calls in a row get no answer before one is not made.
	failures = 5
	// pause is how long none is made then.
	pause = time.Second
)

// Breaker stands before the calls to one server. It is safe for concurrent use.
type Breaker struct {
	name    string
	circuit *gobreaker.CircuitBreaker[struct{}]
}

// New returns the breaker of a store called name. Silent reports whether an error
// is none that the server has sent.
func New(name string, silent func(error) bool) *Breaker {
	return &Breaker{name: name, circuit: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: pause,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
		IsSuccessful: func(err error) bool { return err == nil || !silent(err) },
		// A caller who left has not learned whether the server would have answered.
		IsExcluded: func(err error) bool { return errors.Is(err, errLeft) },
	})}
}

// Do makes a call and returns its error, or authsdk.ErrStoreUnavailable, with the
// time after which to try again, if it is not made.
func (b *Breaker) Do(ctx context.Context, call func() error) error {
	if err := ctx.Err(); err != nil {
		return authsdk.Unknown(b.name, err)
	}
	var answer error
	_, err := b.circuit.Execute(func() (struct{}, error) {
		// Drivers do not all say that it was the caller: of a transaction that
		// was cancelled they say that it is done.
		if answer = call(); answer != nil && (errors.Is(answer, context.Canceled) || errors.Is(ctx.Err(), context.Canceled)) {
			return struct{}{}, errLeft
		}
		return struct{}{}, answer
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		resting := *authsdk.ErrStoreUnavailable
		resting.RetryAfter = pause
		return fmt.Errorf("%w: %s: the last %d calls got no answer; asked again within %s", &resting, b.name, failures, pause)
	}
	return answer
}

var errLeft = errors.New("the caller has left")
