package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
)

// stuck keeps clients and removes none.
type stuck struct{ *memstore.Store }

var errStuck = errors.New("cut")

func (stuck) RemoveClient(context.Context, string) error { return errStuck }

// TestClientRemoveIsCut: whoever is stopped in the middle has refused the tokens,
// and can say it again.
func TestClientRemoveIsCut(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	if _, err := oauth.Register(t.Context(), store, oauth.Registration{ID: "reports"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	st := &opened{sessionStore: memory{store}, users: store, oauth: stuck{store}}
	list, err := st.list()
	if err != nil {
		t.Fatal(err)
	}
	token := &authsdk.Claims{Subject: "reports", IssuedAt: time.Now()}
	if revoked, err := list.Revoked(t.Context(), token); revoked || err != nil {
		t.Fatalf("before: got %t and error %v", revoked, err)
	}
	remove := clientRemoveCmd{Name: "reports"}
	if err := remove.remove(t.Context(), st); !errors.Is(err, errStuck) {
		t.Fatalf("got %v, want %v", err, errStuck)
	}
	if list, err = st.list(); err != nil {
		t.Fatal(err)
	}
	if revoked, err := list.Revoked(t.Context(), token); !revoked {
		t.Errorf("a token of the client: got %t and error %v, want that it is revoked", revoked, err)
	}
	st.oauth = store
	if err := remove.remove(t.Context(), st); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := remove.remove(t.Context(), st); !errors.Is(err, oauth.ErrNotFound) || !strings.Contains(err.Error(), "client list") {
		t.Errorf("once more: got %v", err)
	}
}

// TestTokenRevokeSaysWhatItDoes: nothing that has no effect is called done.
func TestTokenRevokeSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	command(t, dir, "correct horse\n", "user", "add", "alice", "--password-stdin")
	if out := command(t, dir, "", "token", "revoke", "--subject", "alice"); !strings.Contains(out, "their subject is ") {
		t.Errorf("the name of a user: got %s", out)
	}
	if out := command(t, dir, "", "token", "revoke", "--subject", "reports"); strings.Contains(out, "subject is") {
		t.Errorf("what is no user: got %s", out)
	}
	for _, rest := range []time.Duration{0, -time.Hour} {
		err := (&tokenRevokeCmd{JTI: "x", For: rest}).Run(t.Context(), console{})
		if err == nil || !strings.Contains(err.Error(), "--for is") {
			t.Errorf("--for %s: got %v", rest, err)
		}
	}
}
