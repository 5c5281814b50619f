package revocation_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when everything begins.
var start = time.Date(2026, time.March, 29, 1, 59, 59, 987e6, time.UTC)

// clock is a clock that stands still.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(start.UnixNano())
	return c
}

func (c *clock) now() time.Time        { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) add(d time.Duration)   { c.at.Add(int64(d)) }
func (c *clock) token() authsdk.Claims { return c.issued(0) }

// issued is a token of alice that was issued some time ago.
func (c *clock) issued(ago time.Duration) authsdk.Claims {
	at := c.now().Add(-ago).Truncate(time.Second)
	return authsdk.Claims{
		Type: authsdk.Access, ID: "0123456789abcdef", SessionID: "session-0123456789", Subject: "alice",
		IssuedAt: at, Expires: at.Add(15 * time.Minute),
	}
}

// place is a store that can be made to fail, and to forget.
type place struct {
	mu      sync.Mutex
	head    revocation.Head
	entries []revocation.Entry
	down    error
	slow    time.Duration
	reads   int
	epochs  int
}

func (p *place) begin(now time.Time) error {
	if p.head.Epoch == "" && p.down == nil {
		p.epochs++
		p.head = revocation.Head{Epoch: "epoch " + strconv.Itoa(p.epochs), Created: now}
	}
	return p.down
}

func (p *place) AppendRevocations(_ context.Context, now time.Time, entries ...revocation.Entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.begin(now); err != nil {
		return err
	}
	for _, e := range entries {
		p.head.Seq++
		e.Seq = p.head.Seq
		p.entries = append(p.entries, e)
	}
	return nil
}

func (p *place) Revocations(_ context.Context, now time.Time, after int64, limit int) (revocation.Head, []revocation.Entry, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	time.Sleep(p.slow)
	if err := p.begin(now); err != nil {
		return revocation.Head{}, nil, err
	}
	var found []revocation.Entry
	for _, e := range p.entries {
		if e.Seq > after && len(found) < limit {
			found = append(found, e)
		}
	}
	return p.head, found, nil
}

func (p *place) PruneRevocations(_ context.Context, before time.Time, limit int) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries = slices.DeleteFunc(p.entries, func(e revocation.Entry) bool {
		if n >= limit || !e.Expires.Before(before) {
			return false
		}
		n++
		return true
	})
	return n, p.down
}

func (p *place) RenewRevocations(_ context.Context, epoch string, created time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.head.Epoch == epoch && p.down == nil {
		p.epochs++
		p.head.Epoch, p.head.Created = "epoch "+strconv.Itoa(p.epochs), created
	}
	return p.down
}

func (p *place) change(do func(*place)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do(p)
}

var errDown = errors.New("connection refused")

func newList(t *testing.T, cfg revocation.Config) *revocation.List {
	t.Helper()
	l, err := revocation.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return l
}

// wants asks the list about a token.
func wants(t *testing.T, l *revocation.List, what string, c authsdk.Claims, revoked bool, want error) {
	t.Helper()
	got, err := l.Revoked(t.Context(), &c)
	if got != revoked || !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("Revoked, %s: got %t and error %v, want %t and %v", what, got, err, revoked, want)
	}
}

// run runs the list until the test has ended, or the returned function is called.
func run(t *testing.T, l *revocation.List) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(stop)
	return stop
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
