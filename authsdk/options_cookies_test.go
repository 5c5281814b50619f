package authsdk_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

const csrfValue = "0123456789abcdefghij"

// lines are the Set-Cookie lines of a pair, or that of the cookie with a name.
func lines(name string) func(*testing.T, authsdk.CookieConfig) string {
	return func(t *testing.T, cfg authsdk.CookieConfig) string {
		t.Helper()
		w := httptest.NewRecorder()
		err := must[*authsdk.Cookies](t)(authsdk.NewCookies(cfg)).Set(w, &authsdk.TokenPair{
			AccessToken: "A", RefreshToken: "R", AccessCSRF: "a", RefreshCSRF: "r",
			AccessExpires: start.Add(time.Minute), RefreshExpires: start.Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, line := range w.Header().Values("Set-Cookie") {
			if name == "" || strings.HasPrefix(line, name+"=") {
				found = append(found, line)
			}
		}
		return strings.Join(found, "\n")
	}
}

// names are those of the cookies that a pair sets.
func names(t *testing.T, cfg authsdk.CookieConfig) string {
	t.Helper()
	var found []string
	for line := range strings.SplitSeq(lines("")(t, cfg), "\n") {
		name, _, _ := strings.Cut(line, "=")
		found = append(found, name)
	}
	return strings.Join(found, " ")
}

// judged is the verdict on a request with the access cookie.
func judged(method, body string, headers ...string) func(*testing.T, authsdk.CookieConfig) string {
	return func(t *testing.T, cfg authsdk.CookieConfig) string {
		t.Helper()
		cookies := must[*authsdk.Cookies](t)(authsdk.NewCookies(cfg))
		v := newVerifier(t, hmacKeys(t), func(c *authsdk.VerifierConfig) { c.Locations = []authsdk.Location{cookies.Location()} })
		r := httptest.NewRequest(method, "https://site.example/", strings.NewReader(body))
		access, _ := cookies.Names()
		r.AddCookie(&http.Cookie{Name: access, Value: issue(t, hmacKeys(t), authsdk.Claims{CSRF: csrfValue})})
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		if _, err := v.Authenticate(r, authsdk.Policy{}); err != nil {
			return authsdk.ErrorOf(err).Code
		}
		return "good"
	}
}

func TestCookieOptions(t *testing.T) {
	t.Parallel()
	type cfg = authsdk.CookieConfig
	base := func() cfg { return cfg{Now: fixedClock} }
	const (
		token    = "__Host-access_token"
		attrs    = "; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"
		standard = token + "=A" + attrs
		foreign  = "https://app.example"
	)
	fromApp := judged(http.MethodPost, "", "X-CSRF-Token", csrfValue, "Origin", foreign)
	checkOptions(t, base, []option[cfg]{
		{
			"Access", nil, func(c *cfg) { c.Access.Name = "a" }, names,
			"__Host-access_token __Host-access_token_csrf __Host-refresh_token __Host-refresh_token_csrf", "a a_csrf __Host-refresh_token __Host-refresh_token_csrf",
		},
		{
			"Refresh", nil, func(c *cfg) { c.Refresh.Path = "/auth" }, names,
			"__Host-access_token __Host-access_token_csrf __Host-refresh_token __Host-refresh_token_csrf",
			"__Host-access_token __Host-access_token_csrf __Secure-refresh_token __Secure-refresh_token_csrf",
		},
		{
			"Domain", func(c *cfg) { c.Access.Name = "a" }, func(c *cfg) { c.Domain = "site.example" }, lines("a"),
			"a=A" + attrs, "a=A; Path=/; Domain=site.example; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
		},
		{"SameSite", nil, func(c *cfg) { c.SameSite = http.SameSiteStrictMode }, lines(token), standard, strings.Replace(standard, "Lax", "Strict", 1)},
		{"Partitioned", nil, func(c *cfg) { c.Partitioned = true }, lines(token), standard, standard + "; Partitioned"},
		{"SessionOnly", nil, func(c *cfg) { c.SessionOnly = true }, lines(token), standard, strings.Replace(standard, "; Max-Age=3600", "", 1)},
		{"CSRFMethods", nil, func(c *cfg) { c.CSRFMethods = []string{"GET"} }, judged(http.MethodGet, ""), "good", "csrf_failed"},
		{
			"CSRFInBody", nil, func(c *cfg) { c.CSRFInBody = true }, names,
			"__Host-access_token __Host-access_token_csrf __Host-refresh_token __Host-refresh_token_csrf", "__Host-access_token __Host-refresh_token",
		},
		{"TrustedOrigins", nil, func(c *cfg) { c.TrustedOrigins = []string{foreign} }, fromApp, "csrf_failed", "good"},
		{
			"InsecureHTTP", nil, func(c *cfg) { c.InsecureHTTP = true }, lines(""),
			standard + "\n__Host-access_token_csrf=a; Path=/; Max-Age=3600; Secure; SameSite=Lax\n" +
				"__Host-refresh_token=R" + attrs + "\n__Host-refresh_token_csrf=r; Path=/; Max-Age=3600; Secure; SameSite=Lax",
			"access_token=A; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax\naccess_token_csrf=a; Path=/; Max-Age=3600; SameSite=Lax\n" +
				"refresh_token=R; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax\nrefresh_token_csrf=r; Path=/; Max-Age=3600; SameSite=Lax",
		},
		{"InsecureAnyOrigin", nil, func(c *cfg) { c.InsecureAnyOrigin = true }, fromApp, "csrf_failed", "good"},
		{"InsecureNoCSRF", nil, func(c *cfg) { c.InsecureNoCSRF = true }, judged(http.MethodPost, ""), "csrf_failed", "good"},
		{
			"Now", nil, func(c *cfg) { c.Now = func() time.Time { return start.Add(30 * time.Minute) } }, lines(token),
			standard, strings.Replace(standard, "3600", "1800", 1),
		},
	})

	construct := func(c cfg) error { _, err := authsdk.NewCookies(c); return err }
	const prefix = "authsdk: CookieConfig: "
	checkMistakes(t, base, construct, []mistake[cfg]{
		{func(c *cfg) { c.Access.Name = "a b" }, prefix + `Access.Name "a b" with the path "/" and the domain "" is not a cookie that can be set` +
			"\n" + `Access.CSRFName "a b_csrf" with the path "/" and the domain "" is not a cookie that can be set`},
		{func(c *cfg) { c.Access.Path = "app" }, prefix + `Access.Name "__Secure-access_token" with the path "app" and the domain "" is not a cookie that can be set`},
		{func(c *cfg) { c.Access.CSRFName = "=" }, prefix + `Access.CSRFName "=" with the path "/" and the domain "" is not a cookie that can be set`},
		{func(c *cfg) { c.Refresh.CSRFPath = "x" }, prefix + `Refresh.CSRFName "__Host-refresh_token_csrf" with the path "x" and the domain "" is not a cookie that can be set`},
		{
			func(c *cfg) { c.Refresh.Name = "__Host-r"; c.Refresh.Path = "/auth" },
			prefix + `Refresh.Name "__Host-r": a cookie named __Host-… must have the path / and no domain, not "/auth" and ""`,
		},
		{
			func(c *cfg) { c.Access.Name = "a"; c.Refresh.Name = "a" },
			prefix + `Refresh.Name "a": another cookie has that name` + "\n" + `Refresh.CSRFName "a_csrf": another cookie has that name`,
		},
		{
			func(c *cfg) { c.Access.Name, c.Refresh.Name, c.Domain = "a", "r", "bad domain" },
			prefix + strings.Join([]string{
				`Access.Name "a" with the path "/" and the domain "bad domain" is not a cookie that can be set`,
				`Refresh.Name "r" with the path "/" and the domain "bad domain" is not a cookie that can be set`,
				`Access.CSRFName "a_csrf" with the path "/" and the domain "bad domain" is not a cookie that can be set`,
				`Refresh.CSRFName "r_csrf" with the path "/" and the domain "bad domain" is not a cookie that can be set`,
			}, "\n"),
		},
		{func(c *cfg) { c.SameSite = http.SameSiteNoneMode }, prefix + "SameSite must be Lax or Strict: without it forged requests arrive; serve the pages from the same site"},
		{func(c *cfg) { c.Partitioned, c.InsecureHTTP = true, true }, prefix + "Partitioned cookies must be Secure, which InsecureHTTP turns off"},
		{func(c *cfg) { c.Access.CSRFHeader = "X CSRF" }, prefix + `CSRFHeader "X CSRF" is not the name of a header of its own`},
		{func(c *cfg) { c.Refresh.CSRFHeader = "cookie" }, prefix + `CSRFHeader "cookie" is not the name of a header of its own`},
		{func(c *cfg) { c.Access.CSRFHeader = "Authorization" }, prefix + `CSRFHeader "Authorization" is not the name of a header of its own`},
		{
			func(c *cfg) { c.InsecureNoCSRF, c.CSRFInBody = true, true },
			prefix + "InsecureNoCSRF leaves out the CSRF value: CSRFMethods and CSRFInBody say nothing then",
		},
		{
			func(c *cfg) { c.InsecureAnyOrigin, c.TrustedOrigins = true, []string{foreign} },
			prefix + "InsecureAnyOrigin trusts every origin: TrustedOrigins says nothing then",
		},
		{
			func(c *cfg) { c.Refresh.Name, c.Refresh.Path, c.Refresh.CSRFName = "__host-r", "/auth", "c" },
			prefix + `Refresh.Name "__host-r": a cookie named __Host-… must have the path / and no domain, not "/auth" and ""`,
		},
		{func(c *cfg) { c.CSRFMethods = []string{"G ET"} }, prefix + `CSRFMethods: "G ET" is no method: they are written in upper case`},
		{func(c *cfg) { c.CSRFMethods = []string{"get"} }, prefix + `CSRFMethods: "get" is no method: they are written in upper case`},
		{func(c *cfg) { c.CSRFMethods = []string{""} }, prefix + `CSRFMethods: "" is no method: they are written in upper case`},
		{func(c *cfg) { c.TrustedOrigins = []string{"app.example"} }, prefix + `TrustedOrigins: "app.example" is not an origin such as https://app.example.com`},
		{func(c *cfg) { c.TrustedOrigins = []string{foreign + "/"} }, prefix + `TrustedOrigins: "https://app.example/" is not an origin such as https://app.example.com`},
		{
			func(c *cfg) { c.InsecureHTTP = true; c.Access.Name = "__Secure-a" },
			prefix + `Access.Name "__Secure-a": a cookie with that prefix must be Secure, which InsecureHTTP turns off` + "\n" +
				`Access.CSRFName "__Secure-a_csrf": a cookie with that prefix must be Secure, which InsecureHTTP turns off`,
		},
		{
			func(c *cfg) { c.InsecureNoCSRF, c.InsecureAnyOrigin = true, true },
			prefix + "InsecureNoCSRF and InsecureAnyOrigin together leave forged requests to SameSite=Strict alone: set it",
		},
	})
}

func TestCookieNames(t *testing.T) {
	t.Parallel()
	type cfg = authsdk.CookieNames
	// access asks with a configuration whose access cookie has these names.
	access := func(outcome func(*testing.T, authsdk.CookieConfig) string) func(*testing.T, cfg) string {
		return func(t *testing.T, n cfg) string {
			t.Helper()
			return outcome(t, authsdk.CookieConfig{Access: n, Now: fixedClock})
		}
	}
	const readable = "; Max-Age=3600; Secure; SameSite=Lax"
	checkOptions(t, func() cfg { return cfg{Name: "a"} }, []option[cfg]{
		{
			"Name", nil, func(n *cfg) { n.Name = "b" }, access(names),
			"a a_csrf __Host-refresh_token __Host-refresh_token_csrf", "b b_csrf __Host-refresh_token __Host-refresh_token_csrf",
		},
		{
			"Path", nil, func(n *cfg) { n.Path = "/app" }, access(lines("a")),
			"a=A; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax", "a=A; Path=/app; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"CSRFName", nil, func(n *cfg) { n.CSRFName = "c" }, access(names),
			"a a_csrf __Host-refresh_token __Host-refresh_token_csrf", "a c __Host-refresh_token __Host-refresh_token_csrf",
		},
		{"CSRFPath", nil, func(n *cfg) { n.CSRFPath = "/app" }, access(lines("a_csrf")), "a_csrf=a; Path=/" + readable, "a_csrf=a; Path=/app" + readable},
		{"CSRFHeader", nil, func(n *cfg) { n.CSRFHeader = "X-Mine" }, access(judged(http.MethodPost, "", "X-Mine", csrfValue)), "csrf_failed", "good"},
		{
			"CSRFField", nil, func(n *cfg) { n.CSRFField = "mine" },
			access(judged(http.MethodPost, "mine="+csrfValue, "Content-Type", "application/x-www-form-urlencoded")), "csrf_failed", "good",
		},
	})
}

func TestHeaderOptions(t *testing.T) {
	t.Parallel()
	type cfg = authsdk.HeaderConfig
	// found is what stands in a header, or the code of the refusal.
	found := func(name, value string) func(*testing.T, cfg) string {
		return func(t *testing.T, c cfg) string {
			t.Helper()
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.Header.Set(name, value)
			token, err := authsdk.Header(c).Find(r, authsdk.Access)
			if err != nil {
				return authsdk.ErrorOf(err).Code
			}
			return token
		}
	}
	checkOptions(t, func() cfg { return cfg{} }, []option[cfg]{
		{"Name", nil, func(c *cfg) { c.Name = "X-Token" }, found("X-Token", "Bearer x"), "token_missing", "x"},
		{"Scheme", nil, func(c *cfg) { c.Scheme = "JWT" }, found("Authorization", "jwt x"), "token_missing", "x"},
		{"MatchCase", nil, func(c *cfg) { c.MatchCase = true }, found("Authorization", "bearer x"), "x", "token_missing"},
		{"Bare", nil, func(c *cfg) { c.Bare = true }, found("Authorization", "x"), "token_missing", "x"},
	})
}
