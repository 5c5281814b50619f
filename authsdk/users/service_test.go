package users_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

var errDown = errors.New("disk on fire")

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := users.New(users.Config{
		Concurrency: -1, Queue: -1, MaxWait: -1,
		AccountLimit: users.Limit{Burst: -1}, AddressLimit: users.Limit{Every: -1},
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, field := range []string{"Store", "Concurrency", "Queue", "MaxWait", "AccountLimit", "AddressLimit"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("error %q does not name %s", err, field)
		}
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept})
	alice := add(t, s, "alice")
	andre := add(t, s, "andré")
	gone := add(t, s, "gone")
	if err := s.SetDisabled(t.Context(), "gone", true); err != nil {
		t.Fatal(err)
	}
	imported := users.User{ID: "without-password", Name: "imported"}
	if err := kept.AddUser(t.Context(), imported); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(t.Context(), "andré", "Mot de passe né"); err != nil {
		t.Fatal(err)
	}

	for name, tt := range map[string]struct {
		c    session.Credentials
		want string
		err  error
	}{
		"by name":               {session.Credentials{Username: "alice", Password: right}, alice.ID, nil},
		"by subject":            {session.Credentials{Subject: alice.ID, Password: right}, alice.ID, nil},
		"subject goes first":    {session.Credentials{Username: "andré", Subject: alice.ID, Password: right}, alice.ID, nil},
		"upper case":            {session.Credentials{Username: "ALICE", Password: right}, alice.ID, nil},
		"full width":            {session.Credentials{Username: "ａｌｉｃｅ", Password: right}, alice.ID, nil},
		"decomposed":            {session.Credentials{Username: "andre\u0301", Password: "Mot de passe ne\u0301"}, andre.ID, nil},
		"hard space":            {session.Credentials{Username: "andré", Password: "Mot\u00a0de\u00a0passe\u00a0né"}, andre.ID, nil},
		"wrong":                 {session.Credentials{Username: "alice", Password: wrong}, "", authsdk.ErrInvalidCredentials},
		"other case":            {session.Credentials{Username: "alice", Password: "Correct horse battery"}, "", authsdk.ErrInvalidCredentials},
		"cut":                   {session.Credentials{Username: "alice", Password: right[:8]}, "", authsdk.ErrInvalidCredentials},
		"NUL":                   {session.Credentials{Username: "alice", Password: right + "\x00"}, "", authsdk.ErrInvalidCredentials},
		"not UTF-8":             {session.Credentials{Username: "alice", Password: right + "\xff"}, "", authsdk.ErrInvalidCredentials},
		"empty":                 {session.Credentials{Username: "alice"}, "", authsdk.ErrInvalidCredentials},
		"1024 bytes":            {session.Credentials{Username: "alice", Password: strings.Repeat("a", 1024)}, "", authsdk.ErrInvalidCredentials},
		"1025 bytes":            {session.Credentials{Username: "alice", Password: strings.Repeat("a", 1025)}, "", authsdk.ErrRequestMalformed},
		"no name":               {session.Credentials{Password: right}, "", authsdk.ErrInvalidCredentials},
		"trailing blank":        {session.Credentials{Username: "alice ", Password: right}, "", authsdk.ErrInvalidCredentials},
		"unknown":               {session.Credentials{Username: "nobody", Password: right}, "", authsdk.ErrInvalidCredentials},
		"unknown subject":       {session.Credentials{Subject: "nobody", Password: right}, "", authsdk.ErrInvalidCredentials},
		"a name is no subject":  {session.Credentials{Subject: "alice", Password: right}, "", authsdk.ErrInvalidCredentials},
		"a subject is no name":  {session.Credentials{Username: alice.ID, Password: right}, "", authsdk.ErrInvalidCredentials},
		"disabled":              {session.Credentials{Username: "gone", Password: right}, "", authsdk.ErrInvalidCredentials},
		"disabled, by subject":  {session.Credentials{Subject: gone.ID, Password: right}, "", authsdk.ErrInvalidCredentials},
		"disabled, wrong":       {session.Credentials{Username: "gone", Password: wrong}, "", authsdk.ErrInvalidCredentials},
		"without a password":    {session.Credentials{Username: "imported", Password: right}, "", authsdk.ErrInvalidCredentials},
		"without one, no input": {session.Credentials{Username: "imported"}, "", authsdk.ErrInvalidCredentials},
	} {
		a, err := s.Authenticate(t.Context(), tt.c)
		want(t, name, err, tt.err)
		if err == nil && a.Subject != tt.want {
			t.Errorf("%s: got subject %s, want %s", name, a.Subject, tt.want)
		}
		if errors.Is(err, authsdk.ErrInvalidCredentials) && err.Error() != authsdk.ErrInvalidCredentials.Error() {
			t.Errorf("%s: got the error %q, want the same one for all", name, err)
		}
	}
	if !s.Idle() {
		t.Error("an attempt is still open")
	}
}

// TestAuthenticateSpendsOneHash shows equal work by the memory that a hash
// takes: with 19 MiB each, nothing else is seen beside it. It does not run in
// parallel because it reads counters of the whole process.
func TestAuthenticateSpendsOneHash(t *testing.T) {
	kept := newStore()
	s := newServiceAsIs(t, users.Config{Store: kept})
	alice := add(t, s, "alice")
	add(t, s, "gone")
	if err := s.SetDisabled(t.Context(), "gone", true); err != nil {
		t.Fatal(err)
	}
	if err := kept.AddUser(t.Context(), users.User{ID: "without-password", Name: "imported"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]session.Credentials{
		"right":              {Username: "alice", Password: right},
		"wrong":              {Username: "alice", Password: wrong},
		"wrong, by subject":  {Subject: alice.ID, Password: wrong},
		"unknown":            {Username: "nobody", Password: wrong},
		"unknown subject":    {Subject: "nobody", Password: wrong},
		"impossible name":    {Username: "no body", Password: wrong},
		"disabled":           {Username: "gone", Password: wrong},
		"disabled, right":    {Username: "gone", Password: right},
		"without a password": {Username: "imported", Password: wrong},
	} {
		const hash = 19 << 20
		before := allocated()
		_, _ = s.Authenticate(t.Context(), c)
		if got := allocated() - before; got < hash || got > hash+hash/20 {
			t.Errorf("%s: allocated %d bytes, want those of one hash, %d", name, got, hash)
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestAccount(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept})
	alice := add(t, s, "alice")

	got, err := s.Account(t.Context(), alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&session.Account{Subject: alice.ID, Scopes: []string{"read"}, Roles: []string{"admin"}}, got); diff != "" {
		t.Errorf("Account (-want +got):\n%s", diff)
	}
	_, err = s.Account(t.Context(), "alice")
	want(t, "a name", err, authsdk.ErrUserNotFound)

	if err := s.SetDisabled(t.Context(), "alice", true); err != nil {
		t.Fatal(err)
	}
	_, err = s.Account(t.Context(), alice.ID)
	want(t, "disabled", err, authsdk.ErrUserNotFound)

	if err := s.SetDisabled(t.Context(), "alice", false); err != nil {
		t.Fatal(err)
	}
	_, err = s.Account(t.Context(), alice.ID)
	want(t, "enabled", err, nil)

	kept.on(func(string) error { return errDown })
	_, err = s.Account(t.Context(), alice.ID)
	want(t, "store down", err, authsdk.ErrStoreUnavailable)
	want(t, "cause", err, errDown)
}

// TestStoreDown shows that a store that does not answer is never a verdict,
// and counts as no failure.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept, AccountLimit: users.Limit{Burst: 1}})
	alice := add(t, s, "alice")
	kept.on(func(string) error { return errDown })
	for range 3 {
		for _, c := range []session.Credentials{
			{Username: "alice", Password: right, Address: "192.0.2.1"},
			{Username: "nobody", Password: right, Address: "192.0.2.1"},
			{Subject: alice.ID, Password: wrong},
		} {
			_, err := s.Authenticate(t.Context(), c)
			want(t, "Authenticate", err, authsdk.ErrStoreUnavailable)
			want(t, "cause", err, errDown)
		}
	}
	kept.on(nil)
	want(t, "afterwards", login(t, s, "alice", right), nil)
}

// TestWithManager logs in and refreshes through a session.Manager.
func TestWithManager(t *testing.T) {
	t.Parallel()
	kept := memstore.New()
	s := newService(t, users.Config{Store: kept, AccountLimit: users.Limit{Burst: 1}})
	alice := add(t, s, "alice")
	m, pair := startSession(t, kept, s)

	// Failures from elsewhere lock logins, and nothing that exists.
	want(t, "guess", loginFrom(t, s, "alice", wrong, "198.51.100.1"), authsdk.ErrInvalidCredentials)
	want(t, "guess", loginFrom(t, s, "alice", right, "198.51.100.1"), authsdk.ErrTooManyAttempts)
	claims := &authsdk.Claims{Type: authsdk.Refresh, Subject: alice.ID, SessionID: pair.SessionID, Expires: time.Now().Add(time.Hour)}
	if _, err := m.Refresh(t.Context(), claims); err != nil {
		t.Errorf("refresh of a locked account: %v", err)
	}
	claims.Generation = 1
	if err := s.SetDisabled(t.Context(), "alice", true); err != nil {
		t.Fatal(err)
	}
	_, err := m.Refresh(t.Context(), claims)
	want(t, "refresh of a disabled account", err, authsdk.ErrUserNotFound)
}

func startSession(t *testing.T, kept *memstore.Store, s *users.Service) (*session.Manager, *authsdk.TokenPair) {
	t.Helper()
	key, err := authsdk.GenerateKey(authsdk.HS256)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://auth.example", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.New(session.Config{Issuer: issuer, Store: kept, Accounts: s})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := m.Login(t.Context(), session.Credentials{Username: "alice", Password: right, Address: "192.0.2.1"}, session.LoginOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m, pair
}
