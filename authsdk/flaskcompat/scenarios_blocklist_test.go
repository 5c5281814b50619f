package flaskcompat_test

import (
	"net/http"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

func TestBlocklist(t *testing.T) {
	skip := authsdk.Policy{Types: anyType.Types, SkipRevocation: true}
	for _, tt := range []struct {
		name    string
		revoked bool
		make    func(testing.TB, *flaskcompat.Manager, options) string
		policy  authsdk.Policy
		status  int
		msg     string
	}{
		{"FJE-012 blocked, the route does not ask", true, access, skip, http.StatusOK, ""},
		{"FJE-013 blocked, the route for every type asks", true, access, anyType, http.StatusUnauthorized, revoked},
		{"FJE-014 access token that is not blocked", false, access, plain, http.StatusOK, ""},
		{"FJE-015 blocked access token", true, access, plain, http.StatusUnauthorized, revoked},
		{"FJE-016 refresh token that is not blocked", false, renewal, refresh, http.StatusOK, ""},
		{"FJE-017 blocked refresh token", true, renewal, refresh, http.StatusUnauthorized, revoked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := manager(t, config{Revoked: decides(t, tt.revoked)})
			send(m, tt.policy, bearer(tt.make(t, m, options{}))).says(t, "request", tt.status, tt.msg)
		})
	}
}

func TestFJE018_CustomBlocklistedMessage(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Revoked: decides(t, true), Render: own(http.StatusNotFound, authsdk.ErrTokenRevoked)})
	send(m, plain, bearer(access(t, m, options{}))).is(t, "blocked", http.StatusNotFound,
		`{"header":{"alg":"HS256","typ":"JWT"},"own":"Token has been revoked","sub":"username"}`)
}
