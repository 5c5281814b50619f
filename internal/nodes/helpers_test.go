// Package nodes_test runs several nodes over one real store, each with a list of
// revocations of its own. It stands apart from what it tests, as the tests of a
// package that users import must not bring them drivers.
package nodes_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newList(t *testing.T, cfg revocation.Config) *revocation.List {
	t.Helper()
	l, err := revocation.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return l
}

// run runs the list until the test has ended.
func run(t *testing.T, l *revocation.List) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// until waits until ok.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited in vain", what)
		}
	}
}
