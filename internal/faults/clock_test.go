//go:build linux

package faults_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// crooked is a clock that is wrong by some time, which changes.
type crooked struct{ by atomic.Int64 }

// now has no reading of a monotonic clock, which would not jump.
func (c *crooked) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())).Round(0) }

func (c *crooked) set(d time.Duration) { c.by.Store(int64(d)) }

// timekeeper is a node with such a clock.
type timekeeper struct {
	*node

	clock *crooked
}

// TestP17Clocks has two nodes whose clocks differ by five minutes, and jump by an
// hour, refresh one session together and end it. A generation has one winner,
// nothing that was revoked is good again, and what a clock that is ahead calls
// reuse ends the session, and does not split it.
func TestP17Clocks(t *testing.T) {
	faults(t)
	clocks := func(t *testing.T, open func() session.Store) {
		t.Helper()
		keys := newKeys(t)
		// An epoch that begins by a clock that is ahead makes what a clock behind issues
		// unknown for as long.
		feed, ok := open().(revocation.Store)
		if err := revocation.Confirm(t.Context(), feed, time.Now()); err != nil || !ok {
			t.Fatal(err)
		}
		var nodes []timekeeper
		for range 2 {
			c := &crooked{}
			nodes = append(nodes, timekeeper{newNode(t, keys, open(), revocation.Config{Now: c.now}), c})
		}
		rotated, reused := 0, 0
		for range times(1, 10) {
			for _, apart := range [][2]time.Duration{
				{0, 5 * time.Minute}, {0, -5 * time.Minute}, {-5 * time.Minute, 5 * time.Minute}, {0, time.Hour}, {0, -time.Hour},
			} {
				some, ended := refreshApart(t, nodes, apart)
				rotated, reused = rotated+some, reused+ended
				revokedApart(t, nodes, apart)
			}
		}
		t.Logf("%d generations with one winner each, %d times a clock ahead ended the session; nothing revived", rotated, reused)
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "auth.db")
		clocks(t, func() session.Store {
			s, err := sqlitestore.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		})
	})
	for _, kind := range engines {
		t.Run(kind.name, func(t *testing.T) {
			e := kind.start(t, t.TempDir())
			clocks(t, func() session.Store { return openAt(t, e.url(e.address)) })
		})
	}
}

// refreshApart has callers refresh one session at both nodes, whose clocks are
// apart and change places meanwhile.
func refreshApart(t *testing.T, nodes []timekeeper, apart [2]time.Duration) (rotated, reused int) {
	t.Helper()
	var claims *authsdk.Claims
	for round := range 12 {
		// Who is ahead changes, as by a jump.
		nodes[0].clock.set(apart[round/3%2])
		nodes[1].clock.set(apart[(round/3+1)%2])
		if claims == nil {
			pair, at := nodes[round%2].login(t), nodes[round%2]
			claims = at.claims(t, pair.RefreshToken)
		}
		var (
			mu      sync.Mutex
			won     []*authsdk.Claims
			refused int
			asking  sync.WaitGroup
		)
		for caller := range 8 {
			n := nodes[caller%2]
			asking.Go(func() {
				pair, err := n.sessions.Refresh(t.Context(), claims)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won = append(won, n.claims(t, pair.RefreshToken))
				case errors.Is(err, authsdk.ErrTokenRevoked):
					refused++
				default:
					t.Errorf("Refresh: %v", err)
				}
			})
		}
		asking.Wait()
		for _, c := range won {
			if c != nil && c.Generation != claims.Generation+1 {
				t.Fatalf("clocks %v: got generation %d after %d", apart, c.Generation, claims.Generation)
			}
		}
		if len(won) > 0 {
			rotated++
		}
		last := claims
		claims = nil
		if refused == 0 && len(won) > 0 {
			claims = won[0]
			continue
		}
		// Then it has ended, for all, whatever their clocks say.
		reused++
		for _, c := range append(won, last) {
			for _, n := range nodes {
				if _, err := n.sessions.Refresh(t.Context(), c); !errors.Is(err, authsdk.ErrTokenRevoked) {
					t.Errorf("clocks %v: refresh of a session that was ended by a clock: got %v, want ErrTokenRevoked", apart, err)
				}
			}
		}
	}
	return rotated, reused
}

// revokedApart ends a session, and lets both clocks jump.
func revokedApart(t *testing.T, nodes []timekeeper, apart [2]time.Duration) {
	t.Helper()
	for i, n := range nodes {
		n.clock.set(apart[i])
	}
	pair := nodes[0].login(t)
	claims := nodes[0].claims(t, pair.RefreshToken)
	within(t, recovery, "good before the logout, when the list knows its clock", func() bool {
		return nodes[0].status(t, pair.AccessToken) == http.StatusOK
	})
	if err := nodes[1].sessions.Logout(t.Context(), claims); err != nil {
		t.Fatal(err)
	}
	within(t, time.Second, "refused", func() bool { return nodes[0].status(t, pair.AccessToken) == http.StatusUnauthorized })
	for _, jump := range []time.Duration{0, time.Hour, 0, -time.Hour, 0, 5 * time.Minute, -5 * time.Minute, 0} {
		for i, n := range nodes {
			n.clock.set(apart[i] + jump)
		}
		time.Sleep(20 * time.Millisecond)
		for _, n := range nodes {
			if got := n.status(t, pair.AccessToken); got == http.StatusOK {
				t.Errorf("clocks %v, jump %s: a token that was revoked is good", apart, jump)
			}
			if _, err := n.sessions.Refresh(t.Context(), claims); !errors.Is(err, authsdk.ErrTokenRevoked) {
				t.Errorf("clocks %v, jump %s: refresh: got %v, want ErrTokenRevoked", apart, jump, err)
			}
		}
	}
	// The entry has outlived the jumps: a node that begins now has it.
	if got := nodes[0].list.Status().Entries; got == 0 {
		t.Errorf("clocks %v: the list has forgotten it", apart)
	}
}

// claims verifies a refresh token at the moment at which it was issued, by whichever
// clock that was.
func (n *node) claims(t *testing.T, token string) *authsdk.Claims {
	t.Helper()
	_, payload, err := authsdk.Unverified(token)
	var said struct {
		IssuedAt int64 `json:"iat"`
	}
	if err == nil {
		err = json.Unmarshal(payload, &said)
	}
	var (
		verifier *authsdk.Verifier
		claims   *authsdk.Claims
	)
	if err == nil {
		verifier, err = authsdk.NewVerifier(authsdk.VerifierConfig{
			Issuer: issuerName, Keys: n.keys, Now: func() time.Time { return time.Unix(said.IssuedAt, 0) },
		})
	}
	if err == nil {
		claims, err = verifier.Verify(t.Context(), token, authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}})
	}
	if err != nil {
		t.Error(err)
	}
	return claims
}
