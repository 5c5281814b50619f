package security_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// The schemes of the tests, by index.
const (
	bearer = iota
	basic
	cookie
	csrf
	query
	key
	cert
	other
)

func schemes() []security.Scheme {
	return []security.Scheme{
		{Name: "bearer", Kind: security.Bearer},
		{Name: "basic", Kind: security.Basic},
		{Name: "cookie", Kind: security.APIKeyCookie, Param: "sid"},
		{Name: "csrf", Kind: security.APIKeyHeader, Param: "X-CSRF"},
		{Name: "query", Kind: security.APIKeyQuery, Param: "key"},
		{Name: "key", Kind: security.APIKeyHeader, Param: "X-Key"},
		{Name: "cert", Kind: security.MutualTLS},
		{Name: "other", Kind: security.Bearer},
	}
}

// need is a requirement.
func need(scheme int, scopes ...string) security.Requirement {
	return security.Requirement{Scheme: scheme, Scopes: scopes}
}

func all(reqs ...security.Requirement) security.Alternative { return reqs }

// refusal is an error of an authenticator that chooses its answer.
type refusal struct {
	status int
	code   string
}

func (r refusal) Error() string     { return r.code }
func (r refusal) HTTPStatus() int   { return r.status }
func (r refusal) ErrorCode() string { return r.code }

// credentials understands values such as "alice:read+write": a subject and
// what it may do. Some values are refused.
func credentials(_ context.Context, c *security.Credential) (*security.Principal, error) {
	value := c.Value
	if c.Scheme.Kind == security.MutualTLS {
		value = c.Request.TLS.PeerCertificates[0].Subject.CommonName
	}
	switch value {
	case "bad":
		return nil, security.ErrInvalidCredential
	case "down":
		return nil, errors.New("connection refused")
	case "forbidden":
		return nil, refusal{http.StatusForbidden, "tenant_suspended"}
	case "absurd":
		return nil, refusal{http.StatusOK, "absurd"}
	case "nobody":
		return nil, nil // identifies nobody
	}
	subject, scopes, _ := strings.Cut(value, ":")
	p := &security.Principal{Subject: subject, Claims: c.Scheme.Name}
	if scopes != "" {
		p.Scopes = strings.Split(scopes, "+")
	}
	if subject == "fresh" {
		p.Meets = func(security.Demands) error { return nil }
	}
	if subject == "stale" {
		p.Meets = func(security.Demands) error { return refusal{http.StatusUnauthorized, "fresh_token_required"} }
	}
	return p, nil
}

// proof is a CSRF check: the value names whose request it protects.
func proof(_ context.Context, c *security.Credential) (*security.Principal, error) {
	if c.Principal == nil || c.Value != "for-"+c.Principal.Subject {
		return nil, refusal{http.StatusForbidden, "csrf_failed"}
	}
	return nil, nil // identifies nobody
}

func authenticators() map[string]security.Authenticator {
	auths := map[string]security.Authenticator{}
	for _, s := range schemes() {
		auths[s.Name] = credentials
	}
	auths["csrf"] = proof
	return auths
}

// validator has one operation with the given security.
func validator(t testing.TB, demands security.Demands, alternatives ...security.Alternative) (*security.Validator, *security.Operation) {
	t.Helper()
	table := &security.Table{Schemes: schemes(), Operations: []security.Operation{
		{ID: "op", Method: "POST", Path: "/op", Security: alternatives, Demands: demands},
	}}
	auths := authenticators()
	v, err := security.New(table, auths)
	if err != nil {
		t.Fatal(err)
	}
	return v, v.Index("").Lookup("POST", "/op")
}

// request carries credentials, "header: value" each; "query" and "cert" go
// where they belong.
func request(lines ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/op", http.NoBody)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "query":
			r.URL.RawQuery += "&key=" + value
		case "cert":
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
			r.TLS.PeerCertificates[0].Subject.CommonName = value
		default:
			r.Header.Add(name, value)
		}
	}
	return r
}

const (
	bearerChallenge = `Bearer realm="api"`
	basicChallenge  = `Basic realm="api", charset="UTF-8"`
	cookieChallenge = `ApiKey realm="api", in="cookie", name="sid"`
)

func TestCheck(t *testing.T) {
	t.Parallel()
	type alts = []security.Alternative
	one := func(scheme int, scopes ...string) alts { return alts{all(need(scheme, scopes...))} }
	bearerOrSession := alts{all(need(bearer)), all(need(csrf), need(cookie))}
	optional := alts{{}, all(need(bearer))}
	const ab = "Authorization: Basic YWxpY2U6cGFzcw==" // alice:pass
	for _, tt := range []struct {
		name    string
		alts    alts
		request []string
		subject string // of the principal
		status  int
		code    string
	}{
		{"public", nil, nil, "", 0, ""},
		{"public, with a bad credential", nil, []string{"Authorization: Bearer bad"}, "", 0, ""},

		{"bearer", one(bearer), []string{"Authorization: Bearer alice"}, "alice", 0, ""},
		{"bearer, lower case", one(bearer), []string{"Authorization: bearer alice"}, "alice", 0, ""},
		{"bearer, none", one(bearer), nil, "", 401, "token_missing"},
		{"bearer, another scheme", one(bearer), []string{ab}, "", 401, "token_missing"},
		{"bearer, bad", one(bearer), []string{"Authorization: Bearer bad"}, "", 401, "token_invalid"},
		{"bearer, nothing known", one(bearer), []string{"Authorization: Bearer down"}, "", 503, "store_unavailable"},
		{"bearer, forbidden", one(bearer), []string{"Authorization: Bearer forbidden"}, "", 403, "tenant_suspended"},
		{"bearer, a status that is none", one(bearer), []string{"Authorization: Bearer absurd"}, "", 503, "absurd"},
		{"bearer, twice", one(bearer), []string{"Authorization: Bearer alice", "Authorization: Bearer alice"}, "", 400, "credentials_malformed"},
		{"bearer, empty", one(bearer), []string{"Authorization: Bearer "}, "", 400, "credentials_malformed"},
		{"bearer, two words", one(bearer), []string{"Authorization: Bearer a b"}, "", 400, "credentials_malformed"},
		{"basic", one(basic), []string{ab}, "alice", 0, ""},
		{"basic, unreadable", one(basic), []string{"Authorization: Basic !"}, "", 400, "credentials_malformed"},
		{"basic, bearer sent", one(basic), []string{"Authorization: Bearer alice"}, "", 401, "token_missing"},
		{"cookie", one(cookie), []string{"Cookie: sid=alice"}, "alice", 0, ""},
		{"cookie, twice", one(cookie), []string{"Cookie: sid=alice; sid=bob"}, "", 400, "credentials_malformed"},
		{"cookie, empty", one(cookie), []string{"Cookie: sid="}, "", 401, "token_missing"},
		{"query", one(query), []string{"query: alice"}, "alice", 0, ""},
		{"query, twice", one(query), []string{"query: alice", "query: bob"}, "", 400, "credentials_malformed"},
		{"header key", one(key), []string{"X-Key: alice"}, "alice", 0, ""},
		{"certificate", one(cert), []string{"cert: alice"}, "alice", 0, ""},
		{"certificate, none", one(cert), nil, "", 401, "token_missing"},
		{"identifies nobody", one(bearer), []string{"Authorization: Bearer nobody"}, "", 0, ""},

		{"scope", one(bearer, "read"), []string{"Authorization: Bearer alice:read+write"}, "alice", 0, ""},
		{"scopes", one(bearer, "read", "write"), []string{"Authorization: Bearer alice:read+write"}, "alice", 0, ""},
		{"scope, other", one(bearer, "read"), []string{"Authorization: Bearer alice:write"}, "", 403, "insufficient_scope"},
		{"scope, prefix", one(bearer, "rea"), []string{"Authorization: Bearer alice:read"}, "", 403, "insufficient_scope"},
		{"scope, of nobody", one(bearer, "read"), []string{"Authorization: Bearer nobody"}, "", 403, "insufficient_scope"},
		{"either scope: first", alts{all(need(bearer, "read")), all(need(bearer, "admin"))}, []string{"Authorization: Bearer alice:read"}, "alice", 0, ""},
		{"either scope: second", alts{all(need(bearer, "read")), all(need(bearer, "admin"))}, []string{"Authorization: Bearer alice:admin"}, "alice", 0, ""},
		{"either scope: neither", alts{all(need(bearer, "read")), all(need(bearer, "admin"))}, []string{"Authorization: Bearer alice"}, "", 403, "insufficient_scope"},
		{"scopes of two schemes are not added up", alts{all(need(bearer, "a"), need(other, "b"))}, []string{"Authorization: Bearer alice:a"}, "", 403, "insufficient_scope"},

		{"or: first", bearerOrSession, []string{"Authorization: Bearer alice"}, "alice", 0, ""},
		{"or: second", bearerOrSession, []string{"Cookie: sid=alice", "X-CSRF: for-alice"}, "alice", 0, ""},
		{"or: neither", bearerOrSession, nil, "", 401, "token_missing"},
		{"or: first bad, second good", bearerOrSession, []string{"Authorization: Bearer bad", "Cookie: sid=alice", "X-CSRF: for-alice"}, "alice", 0, ""},
		{"or: first unknown, second good", bearerOrSession, []string{"Authorization: Bearer down", "Cookie: sid=alice", "X-CSRF: for-alice"}, "alice", 0, ""},
		{"or: first bad, second unknown", bearerOrSession, []string{"Authorization: Bearer bad", "Cookie: sid=down"}, "", 503, "store_unavailable"},
		{"or: first unknown, second bad", bearerOrSession, []string{"Authorization: Bearer down", "Cookie: sid=bad"}, "", 503, "store_unavailable"},
		{"or: bad beats missing", alts{all(need(cookie)), all(need(bearer))}, []string{"Authorization: Bearer bad"}, "", 401, "token_invalid"},
		{"or: forbidden beats bad", alts{all(need(cookie)), all(need(bearer, "x"))}, []string{"Cookie: sid=bad", "Authorization: Bearer alice"}, "", 403, "insufficient_scope"},
		{"and: cookie alone", bearerOrSession, []string{"Cookie: sid=alice"}, "", 401, "token_missing"},
		{"and: proof alone", bearerOrSession, []string{"X-CSRF: for-alice"}, "", 401, "token_missing"},
		{"and: proof for somebody else", bearerOrSession, []string{"Cookie: sid=alice", "X-CSRF: for-bob"}, "", 403, "csrf_failed"},
		{"and: proof twice", bearerOrSession, []string{"Cookie: sid=alice", "X-CSRF: for-alice", "X-CSRF: for-alice"}, "", 400, "credentials_malformed"},
		{"and: one subject", alts{all(need(bearer), need(cookie))}, []string{"Authorization: Bearer alice", "Cookie: sid=alice"}, "alice", 0, ""},
		{"and: two subjects", alts{all(need(bearer), need(cookie))}, []string{"Authorization: Bearer alice", "Cookie: sid=bob"}, "", 401, "token_invalid"},

		{"optional, none", optional, nil, "", 0, ""},
		{"optional, good", optional, []string{"Authorization: Bearer alice"}, "alice", 0, ""},
		{"optional, bad", optional, []string{"Authorization: Bearer bad"}, "", 401, "token_invalid"},
		{"optional, unreadable", optional, []string{"Authorization: Bearer"}, "", 400, "credentials_malformed"},
		{"optional, nothing known", optional, []string{"Authorization: Bearer down"}, "", 503, "store_unavailable"},
		{"optional, another scheme", optional, []string{ab}, "", 0, ""},
		{"optional, half of a pair", alts{all(need(cookie), need(csrf)), {}}, []string{"Cookie: sid=alice"}, "", 401, "token_missing"},
		{"optional, the other half", alts{all(need(cookie), need(csrf)), {}}, []string{"X-CSRF: for-alice"}, "", 401, "token_missing"},
		{"nothing but {}", alts{{}}, []string{"Authorization: Bearer bad"}, "", 0, ""},
	} {
		v, op := validator(t, security.Demands{}, tt.alts...)
		p, err := v.Check(request(tt.request...), op)
		subject := ""
		if p != nil {
			subject = p.Subject
		}
		var d *security.Denied
		status, code := 0, ""
		if errors.As(err, &d) {
			status, code = d.Status, d.Code
		}
		if subject != tt.subject || status != tt.status || code != tt.code || (err == nil) != (tt.status == 0) {
			t.Errorf("%s: %q, %v; want %q, %d %s", tt.name, subject, err, tt.subject, tt.status, tt.code)
		}
		if d == nil {
			continue
		}
		if (len(d.Challenges) > 0) != (status == 400 || status == 401 || d.Scopes != nil) {
			t.Errorf("%s: %d with challenges %q", tt.name, status, d.Challenges)
		}
		if (status == 503) != (d.RetryAfter > 0) {
			t.Errorf("%s: %d with Retry-After %s", tt.name, status, d.RetryAfter)
		}
	}
}

// TestPrincipal: whose principal reaches the handler.
func TestPrincipal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		alt  security.Alternative
		want string // the scheme
	}{
		{"the first by kind", all(need(key), need(cookie)), "cookie"},
		{"the first by name", all(need(other), need(bearer)), "bearer"},
		{"the one with scopes", all(need(cookie), need(key, "read")), "key"},
		{"the first with scopes", all(need(key, "read"), need(cookie, "read"), need(bearer)), "cookie"},
	} {
		v, op := validator(t, security.Demands{}, tt.alt)
		p, err := v.Check(request("Authorization: Bearer alice:read", "Cookie: sid=alice:read", "X-Key: alice:read"), op)
		if err != nil || p.Claims != tt.want {
			t.Errorf("%s: %+v, %v; want that of %s", tt.name, p, err, tt.want)
		}
	}
}

func TestChallenges(t *testing.T) {
	t.Parallel()
	either := []security.Alternative{all(need(bearer)), all(need(basic)), all(need(cookie), need(csrf)), {}}
	for _, tt := range []struct {
		name    string
		alts    []security.Alternative
		request []string
		want    []string
	}{
		{"every way in", either, []string{"X-CSRF: x"}, []string{bearerChallenge, basicChallenge, cookieChallenge, `ApiKey realm="api", in="header", name="X-CSRF"`}},
		{"what was wrong", either, []string{"Authorization: Bearer bad"}, []string{
			bearerChallenge + `, error="invalid_token"`, basicChallenge, cookieChallenge, `ApiKey realm="api", in="header", name="X-CSRF"`,
		}},
		{"each scheme once", []security.Alternative{all(need(bearer, "a")), all(need(bearer, "b")), all(need(other))}, nil, []string{bearerChallenge}},
		{"scopes of every alternative", []security.Alternative{all(need(bearer, "read", "list")), all(need(bearer, "admin"))}, []string{"Authorization: Bearer alice"}, []string{
			bearerChallenge + `, error="insufficient_scope", scope="read list"`, bearerChallenge + `, error="insufficient_scope", scope="admin"`,
		}},
		{"scopes of a scheme that has no challenge for them", []security.Alternative{all(need(key, "read"))}, []string{"X-Key: alice"}, []string{`ApiKey realm="api", in="header", name="X-Key"`}},
		{"twice", either, []string{"Authorization: Bearer a", "Authorization: Bearer b"}, []string{bearerChallenge + `, error="invalid_request"`}},
		{"query and certificate", []security.Alternative{all(need(query)), all(need(cert))}, nil, []string{`ApiKey realm="api", in="query", name="key"`, `ClientCertificate realm="api"`}},
	} {
		v, op := validator(t, security.Demands{}, tt.alts...)
		_, err := v.Check(request(tt.request...), op)
		var d *security.Denied
		if !errors.As(err, &d) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, d.Challenges); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestDemands(t *testing.T) {
	t.Parallel()
	fresh := security.Demands{Fresh: true}
	v, op := validator(t, fresh, all(need(bearer)), all(need(cookie)), all(need(csrf)))
	for _, tt := range []struct {
		request []string
		status  int
		code    string
	}{
		{[]string{"Authorization: Bearer fresh"}, 0, ""},
		{[]string{"Authorization: Bearer stale"}, 401, "fresh_token_required"},
		{[]string{"Authorization: Bearer alice"}, 403, "insufficient_scope"},
		{[]string{"Authorization: Bearer nobody"}, 403, "insufficient_scope"},
		{[]string{"Authorization: Bearer stale", "Cookie: sid=fresh"}, 0, ""},
	} {
		_, err := v.Check(request(tt.request...), op)
		var d *security.Denied
		if tt.status == 0 && err != nil || tt.status != 0 && (!errors.As(err, &d) || d.Status != tt.status || d.Code != tt.code) {
			t.Errorf("%q: %v, want %d %s", tt.request, err, tt.status, tt.code)
		}
	}
	if !(&security.Demands{}).None() || fresh.None() || (&security.Demands{Roles: []string{"x"}}).None() {
		t.Error("None does not tell demands from none")
	}
}

// TestProof: a proof alone is no credential, and comes last.
func TestProof(t *testing.T) {
	t.Parallel()
	table := &security.Table{Schemes: schemes(), Operations: []security.Operation{{
		ID: "op", Method: "POST", Path: "/op", Security: []security.Alternative{all(need(csrf), need(key)), {}},
	}}}
	table.Schemes[csrf].Proof = true
	v, err := security.New(table, authenticators())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		request []string
		subject string
		status  int
	}{
		{[]string{"X-CSRF: for-alice"}, "", 0},
		{[]string{"X-Key: alice"}, "", 403},
		{[]string{"X-Key: bad"}, "", 401},
		{[]string{"X-Key: alice", "X-CSRF: for-alice"}, "alice", 0},
		{[]string{"X-Key: alice", "X-CSRF: for-bob"}, "", 403},
	} {
		p, err := v.Check(request(tt.request...), v.Index("").Lookup("POST", "/op"))
		var d *security.Denied
		if tt.status == 0 && err != nil || tt.status != 0 && (!errors.As(err, &d) || d.Status != tt.status) || p != nil && p.Subject != tt.subject {
			t.Errorf("%q: %+v, %v; want %q, %d", tt.request, p, err, tt.subject, tt.status)
		}
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	one := func(scheme security.Scheme, path string) *security.Validator {
		t.Helper()
		v, err := security.New(&security.Table{
			Schemes:    []security.Scheme{scheme},
			Operations: []security.Operation{{ID: path, Method: "GET", Path: path, Security: []security.Alternative{all(need(0))}}},
		}, map[string]security.Authenticator{scheme.Name: credentials})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a, b := one(schemes()[bearer], "/a"), one(schemes()[basic], "/b")
	v, err := security.Join(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for path, line := range map[string]string{"/a": "Authorization: Bearer alice", "/b": "Authorization: Basic YWxpY2U6cGFzcw=="} {
		if p, err := v.Check(request(line), v.Index("").Lookup("GET", path)); err != nil || p.Subject != "alice" {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
	}
	for want, b := range map[string]*security.Validator{
		`security: join: both documents authenticate "bearer"`: one(schemes()[bearer], "/b"),
		`security: merge: both documents have GET /a`:          one(schemes()[basic], "/a"),
	} {
		if _, err := security.Join(a, b); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Join = %v, want %s", err, want)
		}
	}
	if _, err := security.Join(must(security.New(&security.Table{}, nil)), b); err != nil {
		t.Errorf("with an empty one: %v", err)
	}
}

func must(v *security.Validator, err error) *security.Validator {
	if err != nil {
		panic(err)
	}
	return v
}

// TestUnreadable: a credential that came twice is refused whichever alternative
// comes first.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, order := range [][]security.Alternative{
		{all(need(bearer)), all(need(cookie))}, {all(need(cookie)), all(need(bearer))}, {all(need(cookie)), {}, all(need(bearer))},
	} {
		v, op := validator(t, security.Demands{}, order...)
		for _, lines := range [][]string{
			{"Cookie: sid=alice", "Authorization: Bearer alice", "Authorization: Bearer alice"},
			{"Authorization: Bearer alice", "Cookie: sid=alice; sid=alice"},
			{"Cookie: sid=alice", "Authorization: Bearer a b"},
		} {
			var d *security.Denied
			if p, err := v.Check(request(lines...), op); p != nil || !errors.As(err, &d) || d.Status != 400 {
				t.Errorf("%q: %+v, %v; want 400", lines, p, err)
			}
		}
	}
}

// TestAskedAgain: what a scheme said about somebody is not taken for what it
// says about nobody.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	table := &security.Table{Schemes: schemes(), Operations: []security.Operation{{
		ID: "op", Method: "POST", Path: "/op", Security: []security.Alternative{all(need(bearer), need(query), need(key)), all(need(query))},
	}}}
	auths := authenticators()
	auths["query"] = func(_ context.Context, c *security.Credential) (*security.Principal, error) {
		if c.Principal == nil {
			return nil, security.ErrInvalidCredential
		}
		return nil, nil // good beside somebody, and adds nobody
	}
	v := must(security.New(table, auths))
	if p, err := v.Check(request("Authorization: Bearer alice", "query: x"), v.Index("").Lookup("POST", "/op")); err == nil {
		t.Errorf("Check = %+v, want a refusal", p)
	}
}

// TestOnce: a scheme that several alternatives name is asked once.
func TestOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	table := &security.Table{Schemes: schemes(), Operations: []security.Operation{{
		ID: "op", Method: "GET", Path: "/", Security: []security.Alternative{
			all(need(bearer, "a")), all(need(bearer, "b")), all(need(cookie), need(bearer, "c")), all(need(bearer, "d")),
		},
	}}}
	v, err := security.New(table, map[string]security.Authenticator{
		"bearer": func(ctx context.Context, c *security.Credential) (*security.Principal, error) {
			asked.Add(1)
			return credentials(ctx, c)
		},
		"cookie": credentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Check(request("Authorization: Bearer alice:d", "Cookie: sid=alice"), v.Index("").Lookup("GET", "/")); err != nil {
		t.Error(err)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestCheckUnknown(t *testing.T) {
	t.Parallel()
	v, _ := validator(t, security.Demands{})
	for _, op := range []*security.Operation{nil, {ID: "foreign", Security: []security.Alternative{all(need(bearer))}}} {
		_, err := v.Check(request(), op)
		var d *security.Denied
		if !errors.As(err, &d) || d.Status != 404 || !errors.Is(err, security.ErrUnknownOperation) {
			t.Errorf("%v: %v, want 404", op, err)
		}
	}
	op := &security.Operation{Method: "GET", Path: "/x"}
	if text := (&security.Denied{Code: "c", Operation: op, Err: errors.New("why")}).Error(); text != "security: c: GET /x: why" {
		t.Errorf("Denied says %q", text)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	table := &security.Table{Schemes: schemes(), Operations: []security.Operation{
		{ID: "logout", Method: "POST", Path: "/logout", Security: []security.Alternative{all(need(cookie), need(csrf))}},
		{ID: "refresh", Method: "POST", Path: "/refresh", Security: []security.Alternative{all(need(cookie))}},
		{Method: "GET", Path: "/me", Security: []security.Alternative{all(need(bearer))}},
	}}
	_, err := security.New(table, map[string]security.Authenticator{"typo": credentials, "csrf": proof})
	const want = `security: authenticator "typo": no such security scheme in the document
security scheme "bearer" has no authenticator (used by GET /me)
security scheme "cookie" has no authenticator (used by logout, refresh)`
	if err == nil || err.Error() != want {
		t.Errorf("New = %v\nwant %s", err, want)
	}
	for _, tt := range []struct {
		name  string
		table security.Table
		want  string
	}{
		{"scheme out of range", security.Table{Operations: []security.Operation{{ID: "a", Method: "GET", Path: "/a", Security: []security.Alternative{all(need(3))}}}}, "GET /a requires a scheme"},
		{"negative scheme", security.Table{Operations: []security.Operation{{ID: "a", Method: "GET", Path: "/a", Security: []security.Alternative{all(need(-1))}}}}, "GET /a requires a scheme"},
		{"scheme twice", security.Table{Schemes: []security.Scheme{schemes()[0], schemes()[0]}}, `"bearer" is declared twice`},
		{"no kind", security.Table{Schemes: []security.Scheme{{Name: "x"}}}, "no known kind"},
		{"no parameter", security.Table{Schemes: []security.Scheme{{Name: "x", Kind: security.APIKeyHeader}}}, "parameter name"},
		{"same route", security.Table{Operations: []security.Operation{{Method: "GET", Path: "/a/{x}"}, {Method: "GET", Path: "/a/{y}"}}}, "GET /a/{x} and GET /a/{y} are the same route"},
		{"lower case", security.Table{Operations: []security.Operation{{Method: "get", Path: "/a"}}}, "upper case"},
		{"no path", security.Table{Operations: []security.Operation{{Method: "GET", Path: "a"}}}, "begin with /"},
	} {
		if _, err := security.New(&tt.table, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error that says %q", tt.name, err, tt.want)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	op := func(id, method, path string, schemes ...int) security.Operation {
		o := security.Operation{ID: id, Method: method, Path: path}
		for _, s := range schemes {
			o.Security = append(o.Security, all(need(s)))
		}
		return o
	}
	a := &security.Table{Schemes: schemes()[:2], Operations: []security.Operation{op("a", "GET", "/a/{id}", 0, 1)}}
	b := &security.Table{
		Schemes:    []security.Scheme{{Name: "own", Kind: security.APIKeyHeader, Param: "X-Own"}, schemes()[0]},
		Operations: []security.Operation{op("b", "POST", "/a/{id}", 0), op("c", "GET", "/c", 1), op("d", "GET", "/d")},
	}
	got, err := security.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := &security.Table{
		Schemes: append(schemes()[:2], b.Schemes[0]),
		Operations: []security.Operation{
			op("a", "GET", "/a/{id}", 0, 1), op("b", "POST", "/a/{id}", 2), op("c", "GET", "/c", 0), op("d", "GET", "/d"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b.Operations[0].Security[0][0].Scheme != 0 {
		t.Error("the merged table was changed")
	}
	for want, b := range map[string]*security.Table{
		`both documents have GET /a/{other}`:   {Operations: []security.Operation{op("x", "GET", "/a/{other}")}},
		`both documents have the operationId`:  {Operations: []security.Operation{op("a", "GET", "/x")}},
		`the scheme "bearer" means two things`: {Schemes: []security.Scheme{{Name: "bearer", Kind: security.Basic}}},
	} {
		if _, err := security.Merge(a, b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Merge = %v, want an error that says %q", err, want)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	table := &security.Table{}
	for _, route := range []string{
		"GET /", "GET /orders", "POST /orders", "GET /orders/{id}", "GET /orders/{id}/items/{item}", "POST /orders:batch",
		"GET /files/{name}.json", "GET /slash/", "HEAD /own", "GET /own",
	} {
		method, path, _ := strings.Cut(route, " ")
		table.Operations = append(table.Operations, security.Operation{ID: route, Method: method, Path: path})
	}
	v, err := security.New(table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{"", "/api/v1", "/api/v1/"} {
		ix := v.Index(base)
		prefix := strings.TrimSuffix(base, "/")
		for _, tt := range []struct{ method, pattern, want string }{
			{"GET", "/orders", "GET /orders"},
			{"POST", "/orders", "POST /orders"},
			{"HEAD", "/orders", "GET /orders"},
			{"HEAD", "/own", "HEAD /own"},
			{"PUT", "/orders", ""},
			{"OPTIONS", "/orders", ""},
			{"GET", "/orders/", ""},
			{"GET", "/Orders", ""},
			{"GET", "/orders/{id}", "GET /orders/{id}"},
			{"GET", "/orders/{other}", "GET /orders/{id}"},
			{"GET", "/orders/{id:[0-9]{2,3}}", "GET /orders/{id}"},
			{"GET", "/orders/:id", "GET /orders/{id}"},
			{"GET", "/orders/:id/items/:item", "GET /orders/{id}/items/{item}"},
			{"GET", "/orders/{id}/items/{item}", "GET /orders/{id}/items/{item}"},
			{"GET", "/orders/*", ""},
			{"GET", "/orders/*rest", ""},
			{"GET", "/orders/{id...}", ""},
			{"GET", "/orders/new", ""},
			{"POST", "/orders:batch", "POST /orders:batch"},
			{"POST", `/orders\:batch`, "POST /orders:batch"},
			{"GET", "/files/{name}.json", "GET /files/{name}.json"},
			{"GET", "/slash/{$}", "GET /slash/"},
			{"GET", "/slash/", "GET /slash/"},
			{"GET", "/", "GET /"},
			{"GET", "/{$}", "GET /"},
			{"GET", "/{broken", ""},
		} {
			got := ""
			if op := ix.Lookup(tt.method, prefix+tt.pattern); op != nil {
				got = op.ID
			}
			if got != tt.want {
				t.Errorf("below %q: %s %s = %q, want %q", base, tt.method, tt.pattern, got, tt.want)
			}
		}
		for _, pattern := range []string{"", "*", "/other/orders"} {
			if op := ix.Lookup("GET", pattern); op != nil {
				t.Errorf("below %q: %q = %v", base, pattern, op)
			}
		}
		if base != "" {
			if op := ix.Lookup("GET", "/orders"); op != nil {
				t.Errorf("below %q: /orders = %v", base, op)
			}
			if op := ix.Lookup("GET", prefix+"orders"); op != nil {
				t.Errorf("below %q: %sorders = %v", base, prefix, op)
			}
		}
	}
}

// TestAllocations: finding an operation allocates nothing, nor does it remember
// what clients make up: their methods, and the paths of CONNECT, for which
// net/http names the path as the pattern.
func TestAllocations(t *testing.T) {
	v, op := validator(t, security.Demands{}, all(need(bearer)))
	ix := v.Index("/api")
	if n := testing.AllocsPerRun(100, func() { ix.Lookup("POST", "/api/op") }); n != 0 {
		t.Errorf("Lookup allocates %v times", n)
	}
	madeUp := make([]string, 1001)
	for i := range madeUp {
		madeUp[i] = "M" + strconv.Itoa(i)
	}
	for _, pattern := range []string{"", "/api/op", "/api/unknown"} {
		i := 0
		if n := testing.AllocsPerRun(len(madeUp)-1, func() { ix.Lookup(madeUp[i], pattern); i++ }); n != 0 {
			t.Errorf("Lookup of a method never seen before allocates %v times for %q", n, pattern)
		}
	}
	i := 0
	if n := testing.AllocsPerRun(len(madeUp)-1, func() { ix.Lookup("CONNECT", "/api/"+madeUp[i]); i++ }); n > 1 {
		t.Errorf("Lookup of a path never seen before allocates %v times besides the path", n-1)
	}
	r := request("Authorization: Bearer alice")
	if n := testing.AllocsPerRun(100, func() { _, _ = v.Check(r, op) }); n > 4 {
		t.Errorf("Check allocates %v times with an authenticator that allocates twice, want at most 4", n)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	if p, ok := security.PrincipalFrom(t.Context()); ok || p != nil {
		t.Errorf("an empty context has %v", p)
	}
	if p, ok := security.PrincipalFrom(security.WithPrincipal(t.Context(), nil)); ok || p != nil {
		t.Errorf("nobody is %v", p)
	}
	want := &security.Principal{Subject: "alice"}
	if p, ok := security.PrincipalFrom(security.WithPrincipal(t.Context(), want)); !ok || p != want {
		t.Errorf("got %v", p)
	}
}

func BenchmarkCheck(b *testing.B) {
	v, op := validator(b, security.Demands{}, all(need(bearer, "read")), all(need(cookie), need(csrf)))
	r := request("Authorization: Bearer alice:read")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Check(r, op); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	v, _ := validator(b, security.Demands{})
	ix := v.Index("/api")
	b.ReportAllocs()
	for b.Loop() {
		if ix.Lookup("POST", "/api/op") == nil {
			b.Fatal("not found")
		}
	}
}
