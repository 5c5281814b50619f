package users_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// TestThrottleAccount walks through the defaults, for a user and for a name
// that nobody has: both get the same answers.
func TestThrottleAccount(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"alice", "nobody", "no body", ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			s := newService(t, users.Config{Now: clock.Now})
			add(t, s, "alice")
			guess := func(i int) error {
				return loginFrom(t, s, name, wrong, fmt.Sprintf("198.51.100.%d", i))
			}
			for i := range 10 {
				want(t, fmt.Sprint("guess ", i), guess(i), authsdk.ErrInvalidCredentials)
			}
			if got := retryAfter(t, guess(11)); got != 30*time.Second {
				t.Errorf("RetryAfter: got %s, want 30s", got)
			}
			want(t, "right password", loginFrom(t, s, name, right, "192.0.2.9"), authsdk.ErrTooManyAttempts)
			clock.advance(29 * time.Second)
			if got := retryAfter(t, guess(12)); got != time.Second {
				t.Errorf("RetryAfter: got %s, want 1s", got)
			}
			clock.advance(time.Second)
			want(t, "after the wait", guess(13), authsdk.ErrInvalidCredentials)
			want(t, "once more", guess(14), authsdk.ErrTooManyAttempts)
			clock.advance(time.Hour)
			for i := range 10 {
				want(t, fmt.Sprint("guess after an hour ", i), guess(i), authsdk.ErrInvalidCredentials)
			}
			want(t, "guess after an hour", guess(15), authsdk.ErrTooManyAttempts)
		})
	}
}

// TestThrottleRetryAfter comes back exactly when told, whatever the limit.
func TestThrottleRetryAfter(t *testing.T) {
	t.Parallel()
	for _, every := range []time.Duration{time.Millisecond, 333 * time.Millisecond, time.Second, 7 * time.Second, 1234567 * time.Millisecond, time.Hour} {
		t.Run(every.String(), func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			s := newService(t, users.Config{Now: clock.Now, AccountLimit: users.Limit{Burst: 3, Every: every}})
			refusals := 0
			for range 60 {
				err := login(t, s, "alice", wrong)
				if !errors.Is(err, authsdk.ErrTooManyAttempts) {
					continue
				}
				refusals++
				wait := retryAfter(t, err)
				if wait <= 0 || wait >= every+time.Second || wait%time.Second != 0 {
					t.Fatalf("RetryAfter: got %s", wait)
				}
				clock.advance(wait)
				if err := login(t, s, "alice", wrong); !errors.Is(err, authsdk.ErrInvalidCredentials) {
					t.Fatalf("after a wait of %s: got %v, want one more guess", wait, err)
				}
			}
			if refusals < 10 {
				t.Errorf("got %d refusals of 60 guesses", refusals)
			}
		})
	}
}

// TestThrottleSpellings guesses at one account by all its names.
func TestThrottleSpellings(t *testing.T) {
	t.Parallel()
	s := newService(t, users.Config{Now: newClock().Now, AccountLimit: users.Limit{Burst: 6}})
	andre := add(t, s, "andré")
	for _, c := range []session.Credentials{
		{Username: "andré"}, {Username: "ANDRÉ"}, {Username: "Andre\u0301"}, {Username: "ａｎｄｒé"}, {Username: "aNDRE\u0301"}, {Subject: andre.ID},
	} {
		c.Password = wrong
		_, err := s.Authenticate(t.Context(), c)
		want(t, c.String(), err, authsdk.ErrInvalidCredentials)
	}
	for _, c := range []session.Credentials{{Username: "andré"}, {Username: "AnDré"}, {Subject: andre.ID}} {
		c.Password = right
		_, err := s.Authenticate(t.Context(), c)
		want(t, c.String(), err, authsdk.ErrTooManyAttempts)
	}
	_, err := s.Account(t.Context(), andre.ID)
	want(t, "Account", err, nil)
	add(t, s, "bob")
	want(t, "another account", login(t, s, "bob", right), nil)
}

func TestThrottleAddress(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newService(t, users.Config{Now: clock.Now})
	add(t, s, "alice")
	for i := range 100 {
		want(t, fmt.Sprint("guess ", i), login(t, s, fmt.Sprint("user", i), wrong), authsdk.ErrInvalidCredentials)
	}
	if got := retryAfter(t, login(t, s, "alice", right)); got != time.Second {
		t.Errorf("RetryAfter: got %s, want 1s", got)
	}
	want(t, "another address", loginFrom(t, s, "alice", right, "192.0.2.2"), nil)
	want(t, "no address", loginFrom(t, s, "alice", right, ""), nil)
	clock.advance(time.Second)
	want(t, "after the wait", login(t, s, "alice", right), nil)
	want(t, "a success takes nothing", login(t, s, "alice", right), nil)
	want(t, "guess after the wait", login(t, s, "user", wrong), authsdk.ErrInvalidCredentials)
	want(t, "once more", login(t, s, "alice", right), authsdk.ErrTooManyAttempts)
}

func TestThrottleNetworks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, second string
		same          bool
	}{
		"IPv4":               {"192.0.2.1", "192.0.2.1", true},
		"IPv4 neighbours":    {"192.0.2.1", "192.0.2.2", false},
		"IPv4 in IPv6":       {"192.0.2.1", "::ffff:192.0.2.1", true},
		"mapped neighbours":  {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		"a port":             {"192.0.2.1:4711", "192.0.2.1:4712", true},
		"a port or none":     {"192.0.2.1:4711", "192.0.2.1", true},
		"IPv6 of one /64":    {"2001:db8::1", "2001:db8::ffff:0:0:2", true},
		"IPv6 spellings":     {"2001:DB8:0:0::1", "2001:db8::1", true},
		"IPv6 with ports":    {"[2001:db8::1]:4711", "[2001:db8::2]:4712", true},
		"IPv6 with a zone":   {"fe80::1%eth0", "fe80::1%eth1", true},
		"IPv6 of another/64": {"2001:db8::1", "2001:db8:0:1::1", false},
		"no IP address":      {"@", "@", true},
		"none of both":       {"@", "socket", false},
	} {
		s := newService(t, users.Config{Now: newClock().Now, AddressLimit: users.Limit{Burst: 1}})
		want(t, name, loginFrom(t, s, "alice", wrong, tt.first), authsdk.ErrInvalidCredentials)
		second := authsdk.ErrInvalidCredentials
		if tt.same {
			second = authsdk.ErrTooManyAttempts
		}
		want(t, name, loginFrom(t, s, "bob", wrong, tt.second), second)
	}
}

// TestThrottleSparesTheOwner locks an account from afar, and lets its owner in
// from where she has logged in before.
func TestThrottleSparesTheOwner(t *testing.T) {
	t.Parallel()
	s := newService(t, users.Config{Now: newClock().Now, AccountLimit: users.Limit{Burst: 3}})
	add(t, s, "alice")
	add(t, s, "mallory")
	const home, afar = "192.0.2.1", "198.51.100.1"
	want(t, "first login", loginFrom(t, s, "alice", right, home), nil)
	want(t, "login of somebody else", loginFrom(t, s, "mallory", right, afar), nil)
	for range 3 {
		want(t, "guess", loginFrom(t, s, "alice", wrong, afar), authsdk.ErrInvalidCredentials)
	}
	want(t, "guess", loginFrom(t, s, "alice", wrong, afar), authsdk.ErrTooManyAttempts)
	want(t, "guess without an address", loginFrom(t, s, "alice", wrong, ""), authsdk.ErrTooManyAttempts)
	want(t, "the owner elsewhere", loginFrom(t, s, "alice", right, "203.0.113.1"), authsdk.ErrTooManyAttempts)
	want(t, "the owner at home", loginFrom(t, s, "alice", right, home), nil)
	for range 3 {
		want(t, "guess at home", loginFrom(t, s, "alice", wrong, home), authsdk.ErrInvalidCredentials)
	}
	want(t, "guess at home", loginFrom(t, s, "alice", right, home), authsdk.ErrTooManyAttempts)
}
