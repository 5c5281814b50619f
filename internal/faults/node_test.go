//go:build linux

package faults_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// node is a program of this SDK without HTTP, for what the built server has no
// setting for. Its verifier asks the list alone.
type node struct {
	list     *revocation.List
	sessions *session.Manager
	verifier *authsdk.Verifier
	keys     *authsdk.KeySet
}

// somebody is all accounts.
type somebody struct{}

func (somebody) Authenticate(context.Context, session.Credentials) (*session.Account, error) {
	return &session.Account{Subject: "alice"}, nil
}

func (somebody) Account(_ context.Context, subject string) (*session.Account, error) {
	return &session.Account{Subject: subject}, nil
}

func newKeys(t *testing.T) *authsdk.KeySet {
	t.Helper()
	key, err := authsdk.GenerateKey(authsdk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// issuerName is that of nodes, and of the server.
const issuerName = "http://auth.example"

// newReader makes a node that only verifies, whose list runs until the test has
// ended.
func newReader(t *testing.T, keys *authsdk.KeySet, store session.Store, cfg revocation.Config) *node {
	t.Helper()
	cfg.Store, cfg.TokenTTL = store.(revocation.Store), 15*time.Minute
	n := &node{keys: keys}
	var err error
	if n.list, err = revocation.New(cfg); err == nil {
		n.verifier, err = authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuerName, Keys: keys, Revoked: n.list.Revoked, Now: cfg.Now})
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { n.list.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	within(t, recovery, "the first load", func() bool { return !n.list.Status().Synced.IsZero() })
	return n
}

// newNode makes one that logs in and out, too.
func newNode(t *testing.T, keys *authsdk.KeySet, store session.Store, cfg revocation.Config) *node {
	t.Helper()
	n := newReader(t, keys, store, cfg)
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys, Now: cfg.Now})
	if err == nil {
		n.sessions, err = session.New(session.Config{Issuer: issuer, Store: store, Accounts: somebody{}, Revocations: n.list, Now: cfg.Now})
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) login(t *testing.T) *authsdk.TokenPair {
	t.Helper()
	pair, err := n.sessions.Start(t.Context(), &session.Account{Subject: "alice"}, session.LoginOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// status is the answer that an access token gets.
func (n *node) status(t *testing.T, token string) int {
	t.Helper()
	if _, err := n.verifier.Verify(t.Context(), token, authsdk.Policy{}); err != nil {
		return authsdk.ErrorOf(err).Status
	}
	return http.StatusOK
}

// keysOf fetches the key set of a server.
func keysOf(t *testing.T, p *process) *authsdk.KeySet {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/.well-known/jwks.json", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.ParseKeySet(data)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
