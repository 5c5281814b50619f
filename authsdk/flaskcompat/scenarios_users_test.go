package flaskcompat_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// me is a view that asks for the user, who is a map.
func me(m *flaskcompat.Manager, r *http.Request) answer {
	return serve(authhttp.Require(m.Verifier(), plain)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := authsdk.User[object](r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(user)
	})), r)
}

// There is one way to ask for the user; the error says what to set.
func TestFJE114_NoUserLookup(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	me(m, bearer(access(t, m, options{}))).is(t, "user", http.StatusInternalServerError,
		"authsdk: users are not loaded: set User in the VerifierConfig")
}

func TestFJE115_ValidUser(t *testing.T) {
	t.Parallel()
	m := manager(t, config{UserLookup: func(_ context.Context, c *authsdk.Claims) (any, error) {
		return object{"username": c.Subject}, nil
	}})
	me(m, bearer(access(t, m, options{}))).is(t, "user", http.StatusOK, `{"username":"username"}`)
}

// nobody is a lookup that finds nobody.
func nobody(context.Context, *authsdk.Claims) (any, error) { return nil, nil }

func TestFJE116_InvalidUser(t *testing.T) {
	t.Parallel()
	m := manager(t, config{UserLookup: nobody})
	me(m, bearer(access(t, m, options{}))).says(t, "nobody", http.StatusUnauthorized, "Error loading the user username")
	// False, 0 and "" are users, as there.
	for _, user := range []any{false, 0, "", []string{}} {
		m := manager(t, config{UserLookup: found(user)})
		send(m, plain, bearer(access(t, m, options{}))).says(t, "falsy", http.StatusOK, "")
	}
}

func TestFJE117_CustomUserLookupError(t *testing.T) {
	t.Parallel()
	m := manager(t, config{UserLookup: nobody, Render: own(http.StatusTeapot, authsdk.ErrUserNotFound)})
	me(m, bearer(access(t, m, options{}))).is(t, "nobody", http.StatusTeapot,
		`{"header":{"alg":"HS256","typ":"JWT"},"own":"Error loading the user username","sub":"username"}`)
}

// An identity that is no string appears as Python writes it.
func TestUserLookupMessage(t *testing.T) {
	t.Parallel()
	m := manager(t, config{UserLookup: nobody, InsecureAnySubject: true})
	for want, identity := range map[string]any{
		"None": nil, "True": true, "False": false, "12": 12, "1.5": 1.5, "x": "x", "[]": []any{},
		`{'a': 1, 'b': ["it's", 'say "\'"', 'a\\b\n']}`: object{"b": []any{"it's", `say "'"`, "a\\b\n"}, "a": 1},
	} {
		token, err := m.CreateAccessToken(t.Context(), identity, options{})
		if err != nil {
			t.Fatal(err)
		}
		send(m, plain, bearer(token)).says(t, want, http.StatusUnauthorized, "Error loading the user "+want)
	}
	e := *authsdk.ErrUserNotFound
	same(t, "without claims", strings.TrimSpace(flaskcompat.Message(&e)), "Error loading the user")
}
