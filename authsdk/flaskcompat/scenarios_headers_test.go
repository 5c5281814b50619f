package flaskcompat_test

import (
	"net/http"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// sent is a header of a request, and what it is answered with.
type sent struct {
	name, value string
	status      int
	msg         string
}

func tryHeaders(t *testing.T, cfg config, tries []sent) {
	t.Helper()
	m := manager(t, cfg)
	token := access(t, m, options{})
	for _, s := range tries {
		value := replaceToken(s.value, token)
		send(m, plain, request(http.MethodGet, "/", "", s.name, value)).says(t, s.name+": "+s.value, s.status, s.msg)
	}
}

func TestFJE081_DefaultHeaders(t *testing.T) {
	t.Parallel()
	tryHeaders(t, config{}, []sent{
		{"Authorization", "Basic basiccreds", http.StatusUnauthorized, noBearer},
		{"Authorization", "Bearer TOKEN", http.StatusOK, ""},
		{"Authorization", "Bearer TOKEN, Basic basiccreds", http.StatusOK, ""},
		{"Authorization", "Basic basiccreds, Bearer TOKEN", http.StatusOK, ""},
	})
}

func TestFJE082_HeaderWithTrailingSpacesAndCommas(t *testing.T) {
	t.Parallel()
	tryHeaders(t, config{}, []sent{
		{"Authorization", "Bearer TOKEN,", http.StatusOK, ""},
		{"Authorization", "Bearer TOKEN,   ", http.StatusOK, ""},
		{"Authorization", "   Bearer   TOKEN  , ,", http.StatusOK, ""},
	})
}

func TestFJE083_CustomHeaderName(t *testing.T) {
	t.Parallel()
	tryHeaders(t, config{HeaderName: "Foo"}, []sent{
		{"Authorization", "Bearer TOKEN", http.StatusUnauthorized, "Missing Foo Header"},
		{"Foo", "Bearer TOKEN", http.StatusOK, ""},
		{"Foo", "Bearer TOKEN, Basic randomcredshere", http.StatusOK, ""},
		{"Foo", "Basic randomcredshere, Bearer TOKEN", http.StatusOK, ""},
		{"Foo", "Basic randomcredshere", http.StatusUnauthorized, "Missing 'Bearer' type in 'Foo' header. Expected 'Foo: Bearer <JWT>'"},
	})
}

func TestFJE084_CustomHeaderType(t *testing.T) {
	t.Parallel()
	tryHeaders(t, config{HeaderType: "JWT"}, []sent{
		{"Authorization", "Bearer TOKEN", http.StatusUnauthorized, "Missing 'JWT' type in 'Authorization' header. Expected 'Authorization: JWT <JWT>'"},
		{"Authorization", "JWT TOKEN", http.StatusOK, ""},
		{"Authorization", "JWT TOKEN, Basic creds", http.StatusOK, ""},
		{"Authorization", "Basic creds, JWT TOKEN", http.StatusOK, ""},
	})
	tryHeaders(t, config{BareHeader: true}, []sent{
		{"Authorization", "TOKEN", http.StatusOK, ""},
		{"Authorization", "Bearer TOKEN", http.StatusUnprocessableEntity, "Bad Authorization header. Expected 'Authorization: <JWT>'"},
		{"Authorization", " ,", http.StatusUnauthorized, noHeader},
	})
}

func TestFJE085_MissingHeaders(t *testing.T) {
	t.Parallel()
	send(manager(t, config{}), plain, request(http.MethodGet, "/", "")).says(t, "default", http.StatusUnauthorized, noHeader)
	m := manager(t, config{Render: own(http.StatusTeapot, authsdk.ErrTokenMissing)})
	send(m, plain, request(http.MethodGet, "/", "")).is(t, "own", http.StatusTeapot, `{"own":"Missing Authorization Header"}`)
}

func TestFJE086_HeaderWithoutToken(t *testing.T) {
	t.Parallel()
	tryHeaders(t, config{}, []sent{
		{"Authorization", "Bearer ", http.StatusUnprocessableEntity, badHeader},
		{"Authorization", "Bearer", http.StatusUnprocessableEntity, badHeader},
	})
}

func TestFJE087_CustomMessageKey(t *testing.T) {
	t.Parallel()
	m := manager(t, config{MessageKey: "message"})
	got := send(m, plain, request(http.MethodGet, "/", ""))
	got.is(t, "own key", http.StatusUnauthorized, `{"message":"Missing Authorization Header"}`)
}

// OPTIONS is exempt: the handler runs, and there is nobody.
func TestOptions(t *testing.T) {
	m := manager(t, config{})
	for name, p := range map[string]authsdk.Policy{
		"FJE-107 OPTIONS on a plain route":   plain,
		"FJE-108 OPTIONS on a refresh route": refresh,
		"FJE-109 OPTIONS on a fresh route":   onlyFresh,
	} {
		t.Run(name, func(t *testing.T) {
			send(m, p, request(http.MethodOptions, "/", "")).is(t, "nothing sent", http.StatusOK, `{"claims":{},"header":{},"location":null}`)
			r := request(http.MethodOptions, "/", "", "Authorization", "Bearer rubbish")
			send(m, p, r).is(t, "a token is not read", http.StatusOK, `{"claims":{},"header":{},"location":null}`)
			send(m, p, request(http.MethodHead, "/", "")).says(t, "HEAD is no exception", http.StatusUnauthorized, noHeader)
		})
	}
}
