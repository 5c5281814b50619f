package server_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/gen/spec"
)

func decodeSegment(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }

// TestInput sends bodies that must be refused, and finds nothing changed.
func TestInput(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	pair := b.login()
	const form = "username=alice&password=right"
	jsonType := func(v string) head { return head{"Content-Type": v} }
	for _, tt := range []struct {
		name   string
		h      head
		body   string
		status int
		code   string
	}{
		{"good", nil, loginAlice, 200, ""},
		{"charset", jsonType("application/json; charset=UTF-8"), loginAlice, 200, ""},
		{"identity", head{"Content-Encoding": "identity"}, loginAlice, 200, ""},
		{"white space around", nil, " \n" + loginAlice + "\n", 200, ""},
		{"no body", nil, "", 400, "request_malformed"},
		{"empty object", nil, `{}`, 400, "request_malformed"},
		{"null", nil, `null`, 400, "request_malformed"},
		{"array", nil, `[` + loginAlice + `]`, 400, "request_malformed"},
		{"text", nil, `"alice"`, 400, "request_malformed"},
		{"truncated", nil, loginAlice[:len(loginAlice)-1], 400, "request_malformed"},
		{"two objects", nil, loginAlice + loginAlice, 400, "request_malformed"},
		{"garbage behind", nil, loginAlice + "x", 400, "request_malformed"},
		{"byte order mark", nil, "\uFEFF" + loginAlice, 400, "request_malformed"},
		{"duplicate", nil, `{"username":"eve","username":"alice","password":"right"}`, 400, "request_malformed"},
		{"look-alike", nil, `{"username":"eve","Username":"alice","password":"right"}`, 400, "request_malformed"},
		{"long s", nil, `{"uſername":"alice","password":"right"}`, 400, "request_malformed"},
		{"other case", nil, `{"Username":"alice","Password":"right"}`, 400, "request_malformed"},
		{"unknown member", nil, `{"username":"alice","password":"right","admin":true}`, 400, "request_malformed"},
		{"number as password", nil, `{"username":"alice","password":7}`, 400, "request_malformed"},
		{"array as username", nil, `{"username":["alice"],"password":"right"}`, 400, "request_malformed"},
		{"null password", nil, `{"username":"alice","password":null}`, 400, "request_malformed"},
		{"null label", nil, `{"username":"alice","password":"right","label":null}`, 400, "request_malformed"},
		{"missing password", nil, `{"username":"alice"}`, 400, "request_malformed"},
		{"unknown delivery", nil, `{"username":"alice","password":"right","delivery":"mail"}`, 400, "request_malformed"},
		{"lone surrogate", nil, `{"username":"alice\ud800","password":"right"}`, 400, "request_malformed"},
		{"invalid UTF-8", nil, "{\"username\":\"alice\xff\",\"password\":\"right\"}", 400, "request_malformed"},
		{"deep", nil, `{"username":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, 400, "request_malformed"},
		{"1 MiB", nil, `{"username":"alice","password":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "request_too_large"},
		{"1 MiB of blanks", nil, strings.Repeat(" ", 1<<20), 413, "request_too_large"},
		{"no media type", jsonType(""), loginAlice, 415, "unsupported_media_type"},
		{"text/plain", jsonType("text/plain"), loginAlice, 415, "unsupported_media_type"},
		{"form", jsonType("application/x-www-form-urlencoded"), form, 415, "unsupported_media_type"},
		{"multipart", jsonType("multipart/form-data; boundary=x"), loginAlice, 415, "unsupported_media_type"},
		{"another JSON", jsonType("application/merge-patch+json"), loginAlice, 415, "unsupported_media_type"},
		{"UTF-16", jsonType("application/json; charset=utf-16"), loginAlice, 415, "unsupported_media_type"},
		{"broken media type", jsonType("application/json;" + "=;"), loginAlice, 415, "unsupported_media_type"},
		{"compressed", head{"Content-Encoding": "gzip"}, loginAlice, 415, "unsupported_media_type"},
	} {
		want(t, tt.name, b.do("POST", "/auth/login", tt.h, tt.body), tt.status, tt.code)
	}
	for _, tt := range []struct{ name, body string }{
		{"empty object", `{}`},
		{"null", `null`},
		{"number", `{"refresh_token":1}`},
		{"null token", `{"refresh_token":null}`},
		{"unknown member", `{"refresh_token":"` + pair.Refresh + `","scope":"all"}`},
		{"twice", `{"refresh_token":"x","refresh_token":"` + pair.Refresh + `"}`},
		{"long", `{"refresh_token":"` + strings.Repeat("x", 8193) + `"}`},
	} {
		want(t, "refresh: "+tt.name, b.do("POST", "/auth/refresh", nil, tt.body), 400, "request_malformed")
		want(t, "refresh with a good header: "+tt.name, b.do("POST", "/auth/refresh", bearer(pair.Refresh), tt.body), 400, "request_malformed")
	}
	for _, body := range []string{"", `{}`, `{"password":""}`, `{"password":"right","x":1}`, `{"PASSWORD":"right"}`} {
		want(t, "reauthenticate: "+body, b.do("POST", "/auth/reauthenticate", bearer(pair.Access), body), 400, "request_malformed")
	}
	if g := generation(t, b.do("POST", "/auth/refresh", bearer(pair.Refresh), "").pair(t).Refresh); g != 1 {
		t.Errorf("generation %d, want 1: a refused request has changed something", g)
	}
	for path, allow := range map[string]string{"/auth/login": "POST", "/auth/refresh": "POST", "/auth/logout": "POST", "/auth/me": "GET, HEAD"} {
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPut, b.url+path, http.NoBody))
		resp := must[*http.Response](t)(http.DefaultTransport.RoundTrip(req))
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != allow {
			t.Errorf("PUT %s: %d, Allow %q; want 405, %q", path, resp.StatusCode, resp.Header.Get("Allow"), allow)
		}
	}
}

// TestInputDetails: who sent what is refused is told what to mend, and nothing of
// what was sent.
func TestInputDetails(t *testing.T) {
	t.Parallel()
	b := newBench(t, setup{})
	const secret = "S3cr3t"
	for body, detail := range map[string]string{
		"":                              "The body is missing: it must be a JSON object.",
		`{"password":"` + secret:        "The body must be one JSON object.",
		`["` + secret + `"]`:            "The body must be one JSON object.",
		`{}`:                            "The member username of the body is missing or empty.",
		`{"username":"` + secret + `"}`: "The member password of the body is missing or empty.",
		`{"username":"alice","password":"` + strings.Repeat(secret, 200) + `"}`:           "The member password of the body must have at most 1024 characters.",
		`{"username":7,"password":"` + secret + `"}`:                                      "The member username of the body has the wrong type.",
		`{"username":"alice","password":"` + secret + `","password":"x"}`:                 "Two members of the body have the same name, or names that look alike.",
		`{"username":"alice","password":"x","` + secret + `":1}`:                          "The body has a member that the document does not name.",
		`{"username":"alice","password":null}`:                                            "The member password of the body must not be null.",
		`{"username":"alice","password":"right","delivery":"` + secret + `"}`:             "The member delivery of the body must be body or cookie.",
		"{\"username\":\"alice\",\"password\":\"\xff" + secret + `"}`:                     "The body must be text in UTF-8.",
		`{"username":` + strings.Repeat("[", 50) + secret + strings.Repeat("]", 50) + `}`: "The body is nested too deeply.",
	} {
		got := b.do("POST", "/auth/login", nil, body)
		want(t, body, got, 400, "request_malformed")
		if !strings.Contains(got.body, `"detail":"`+detail+`"`) || strings.Contains(got.body, secret) {
			t.Errorf("%.80s: got %s, want %q and nothing of the request", body, got.body, detail)
		}
	}
}

// TestBounds compares the bounds of the server with those of the document, at
// and beyond each edge.
func TestBounds(t *testing.T) {
	t.Parallel()
	doc := must[*openapi3.T](t)(openapi3.NewLoader().LoadFromData(spec.YAML()))
	b := newBench(t, setup{})
	token := b.login().Access
	for _, tt := range []struct{ schema, path, base string }{
		{"LoginRequest", "/auth/login", `"username":"alice","password":"right"`},
		{"ReauthenticateRequest", "/auth/reauthenticate", `"password":"right"`},
	} {
		schema := doc.Components.Schemas[tt.schema].Value
		for name, property := range schema.Properties {
			p := property.Value
			if p.MaxLength == nil || len(p.Enum) > 0 {
				continue
			}
			for _, n := range []uint64{p.MinLength, *p.MaxLength, *p.MaxLength + 1} {
				value := `"` + name + `":"` + strings.Repeat("é", int(n)) + `"`
				members := []string{value}
				for member := range strings.SplitSeq(tt.base, ",") {
					if !strings.HasPrefix(member, `"`+name+`"`) {
						members = append(members, member)
					}
				}
				a := b.do("POST", tt.path, bearer(token), "{"+strings.Join(members, ",")+"}")
				if fits := n <= *p.MaxLength; (a.status != 400) != fits {
					t.Errorf("%s.%s of %d characters: %d %s, the document allows %d to %d", tt.schema, name, n, a.status, a.code(), p.MinLength, *p.MaxLength)
				}
			}
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := server.New(server.Config{})
	for _, want := range []string{"Sessions is required", "Verifier is required", "Keys is required"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want an error that says %q", err, want)
		}
	}
}
