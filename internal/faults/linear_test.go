//go:build linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/mysqlstore"
	"github.com/authsdk/authsdk-go/authsdk/pgstore"
	"github.com/authsdk/authsdk-go/authsdk/redisstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// What is asked of a session, and what is said.
type (
	question struct {
		what       string // rotate, revoke or verify
		generation int64
	}
	reply struct {
		unknown    bool // no answer: it may have happened, or happen later
		verdict    session.Verdict
		generation int64
		live       bool
	}
	// belief is what a session can be.
	belief struct {
		generation int64
		revoked    bool
	}
)

// sessions is the specification, of a grace that lasts: what a session may say is
// what one that is asked by one caller after another says.
func sessions() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{belief{}} },
		Step: func(state, input, output any) []any {
			before, q, r := state.(belief), input.(question), output.(reply)
			after, said := decide(before, q)
			if r.unknown {
				return []any{before, after}
			}
			if r != said {
				return nil
			}
			return []any{after}
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v %+v", input, output) },
	}
	return m.ToModel()
}

func decide(b belief, q question) (belief, reply) {
	switch q.what {
	case "verify":
		return b, reply{live: !b.revoked, generation: b.generation}
	case "revoke":
		b.revoked = true
		return b, reply{}
	}
	switch {
	case b.revoked || q.generation > b.generation:
		return b, reply{verdict: session.VerdictRefused}
	case q.generation == b.generation:
		b.generation++
		return b, reply{verdict: session.VerdictRotated, generation: b.generation}
	case q.generation == b.generation-1:
		return b, reply{verdict: session.VerdictReplayed, generation: b.generation}
	}
	b.revoked = true
	return b, reply{verdict: session.VerdictReused}
}

// ask asks the store.
func ask(ctx context.Context, store session.Store, id string, q question, now time.Time) (r reply) {
	var err error
	switch q.what {
	case "verify":
		var s session.Session
		s, err = store.Session(ctx, id)
		r.live, r.generation = s.RevokedAt.IsZero(), s.Generation
	case "revoke":
		_, err = store.RevokeSessions(ctx, session.Match{ID: id}, now, session.ReasonLogout)
	default:
		var s session.Session
		s, r.verdict, err = store.RotateSession(ctx, session.Rotation{
			SessionID: id, Generation: q.generation, Now: now, Grace: time.Hour, IdleTTL: time.Hour,
		})
		if r.verdict == session.VerdictRotated || r.verdict == session.VerdictReplayed {
			r.generation = s.Generation
		}
	}
	if err != nil {
		return reply{unknown: true}
	}
	return r
}

// TestP05Linearizable refreshes, verifies and revokes sessions from many callers,
// over wires that are cut now and then, and has every history checked: each answer
// must be one that callers one after another could have got. So nothing is good
// once a revocation was acknowledged.
func TestP05Linearizable(t *testing.T) {
	faults(t)
	t.Run("memory", func(t *testing.T) { linearizable(t, []session.Store{memstore.New()}, nil) })
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "auth.db")
		var stores []session.Store
		for range 2 {
			s, err := sqlitestore.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			stores = append(stores, s)
		}
		linearizable(t, stores, nil)
	})
	eachEngine(t, func(t *testing.T, e *engine) {
		var (
			stores []session.Store
			wires  []*wire
		)
		for range 2 {
			w := newWire(t, e.address)
			wires = append(wires, w)
			stores = append(stores, openAt(t, e.url(w.address())))
		}
		linearizable(t, stores, wires)
	})
}

// openAt opens the store of a URL.
func openAt(t *testing.T, url string) session.Store {
	t.Helper()
	var (
		store interface {
			session.Store
			Close() error
		}
		err error
	)
	switch kind, _, _ := strings.Cut(url, ":"); kind {
	case "postgres":
		store, err = pgstore.Open(t.Context(), url)
	case "mysql":
		store, err = mysqlstore.Open(t.Context(), url)
	default:
		store, err = redisstore.Open(t.Context(), url)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func linearizable(t *testing.T, stores []session.Store, wires []*wire) {
	t.Helper()
	histories, operations, unknown, undecided := times(20, 400), 0, 0, 0
	for i := range histories {
		history := record(t, stores, wires, i)
		for _, o := range history {
			operations++
			if r, _ := o.Output.(reply); r.unknown {
				unknown++
			}
		}
		// Whoever looked and got no answer has changed nothing and seen nothing.
		history = slices.DeleteFunc(history, func(o porcupine.Operation) bool {
			q, _ := o.Input.(question)
			r, _ := o.Output.(reply)
			return r.unknown && q.what == "verify"
		})
		switch result := porcupine.CheckOperationsTimeout(sessions(), history, 30*time.Second); result {
		case porcupine.Ok:
		case porcupine.Unknown: // too many got no answer: there are more orders than can be tried
			undecided++
			if undecided > histories/50 {
				t.Fatalf("%d of %d histories could not be checked in time", undecided, i+1)
			}
		case porcupine.Illegal:
			for _, o := range history {
				t.Logf("%d..%d %+v %+v", o.Call, o.Return, o.Input, o.Output)
			}
			t.Fatalf("history %d cannot have happened one after another", i)
		}
	}
	t.Logf("%d histories, %d operations, %d without an answer: %d linearizable, %d with too many orders to try",
		histories, operations, unknown, histories-undecided, undecided)
}

// record has six callers ask about one session at the same time.
func record(t *testing.T, stores []session.Store, wires []*wire, number int) []porcupine.Operation {
	t.Helper()
	var (
		now     = time.Now().UTC().Truncate(time.Millisecond)
		id      = fmt.Sprintf("session-%020d", number)
		begun   = time.Now()
		mu      sync.Mutex
		history []porcupine.Operation
		asking  sync.WaitGroup
	)
	within(t, recovery, "a session", func() bool {
		_, err := stores[0].CreateSession(t.Context(), session.Session{
			ID: id, Subject: "alice", CreatedAt: now, AuthTime: now, LastSeen: now, RotatedAt: now,
			IdleExpires: now.Add(time.Hour), Expires: now.Add(2 * time.Hour),
		}, 0)
		return err == nil
	})
	for caller := range 6 {
		random := rand.New(rand.NewPCG(uint64(number), uint64(caller)))
		asking.Go(func() {
			held := int64(0)
			for range 12 {
				q := question{what: "rotate", generation: held}
				switch n := random.IntN(100); {
				case n < 30:
					q = question{what: "verify"}
				case n < 33:
					q = question{what: "revoke"}
				case n < 36:
					q.generation = max(0, held-2)
				case n < 40 && len(wires) > 0:
					w := wires[random.IntN(len(wires))]
					w.set(fault{cut: true})
					w.set(fault{})
				}
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				call := time.Since(begun).Nanoseconds()
				r := ask(ctx, stores[caller%len(stores)], id, q, now)
				cancel()
				end := time.Since(begun).Nanoseconds()
				if r.unknown {
					end = time.Hour.Nanoseconds() // it may still happen
				}
				held = max(held, r.generation)
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: caller, Input: q, Call: call, Output: r, Return: end})
				mu.Unlock()
				if r.unknown {
					// A caller has one operation at a time; and nobody asks a store that rests.
					time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
				}
			}
		})
	}
	asking.Wait()
	if len(history) == 0 {
		t.Fatal(errors.New("nothing was asked"))
	}
	return history
}
