package gen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/httpapi"
	"github.com/authsdk/authsdk-go/gen/spec"
)

func load(t *testing.T, data []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocumentIsValid(t *testing.T) {
	if err := load(t, spec.YAML()).Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestJSONIsTheSameDocument(t *testing.T) {
	fromYAML, err := json.Marshal(load(t, spec.YAML()))
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := json.Marshal(load(t, spec.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fromYAML, fromJSON) {
		t.Error("openapi.yaml and openapi.json differ; run go generate ./gen")
	}
}

// What the linters of the document do not ask for, and its readers rely on.
func TestEveryOperationIsDocumented(t *testing.T) {
	doc := load(t, spec.YAML())
	codes := doc.Components.Schemas["ProblemCode"].Value.Description
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			t.Run(method+" "+path, func(t *testing.T) {
				if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 {
					t.Error("want a summary, a description and one tag")
				}
				if op.Security == nil {
					t.Error("security is not stated; public operations say security: []")
				}
				if op.RequestBody != nil {
					checkExamples(t, "request", op.RequestBody.Value.Content)
				}
				if got, want := op.Responses.Value("415") != nil, op.RequestBody != nil; got != want {
					t.Errorf("declares 415: got %v, want %v", got, want)
				}
				for status, response := range op.Responses.Map() {
					checkExamples(t, status, response.Value.Content)
					checkResponse(t, status, response.Value, codes)
				}
			})
		}
	}
}

func checkExamples(t *testing.T, where string, content openapi3.Content) {
	t.Helper()
	for mediaType, c := range content {
		if len(c.Examples) == 0 {
			t.Errorf("%s: no example for %s", where, mediaType)
		}
	}
}

func checkResponse(t *testing.T, status string, r *openapi3.Response, codes string) {
	t.Helper()
	for code, header := range map[string]string{
		"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After",
	} {
		if status == code && r.Headers[header] == nil {
			t.Errorf("%s: does not declare %s", status, header)
		}
	}
	if n, err := strconv.Atoi(status); err != nil || n < 400 {
		return
	}
	if refusal := r.Content["application/json"]; refusal != nil && refusal.Schema.Ref == "#/components/schemas/OAuthError" {
		checkOAuthExamples(t, status, refusal)
		return
	}
	problem := r.Content["application/problem+json"]
	if problem == nil {
		t.Errorf("%s: an error that is no problem document", status)
		return
	}
	for name, example := range problem.Examples {
		members, _ := example.Value.Value.(map[string]any)
		text, _ := json.Marshal(members)
		var p api.Problem
		if err := json.Unmarshal(text, &p); err != nil {
			t.Errorf("%s: example %s: %v", status, name, err)
			continue
		}
		if strconv.Itoa(p.Status) != status || p.Title != http.StatusText(p.Status) {
			t.Errorf("%s: example %s says %d %q", status, name, p.Status, p.Title)
		}
		if p.Code != name {
			t.Errorf("%s: example %s has the code %q", status, name, p.Code)
		}
		if want := "| `" + p.Code + "` | " + status + " |"; !strings.Contains(codes, want) {
			t.Errorf("%s: example %s: the table of ProblemCode has no row %q", status, name, want)
		}
	}
}

// Errors of RFC 6749 section 5.2 are named for their code, too.
func checkOAuthExamples(t *testing.T, status string, refusal *openapi3.MediaType) {
	t.Helper()
	list, _ := refusal.Schema.Value.Properties["error"].Value.Extensions["x-extensible-enum"].([]any)
	for name, example := range refusal.Examples {
		members, _ := example.Value.Value.(map[string]any)
		if members["error"] != name || members["error_description"] == "" || !slices.Contains(list, any(name)) {
			t.Errorf("%s: example %s: got %v", status, name, members)
		}
	}
}

// The table in the description of ProblemCode is for people, the list for programs. They must agree.
func TestProblemCodesAreExplained(t *testing.T) {
	schema := load(t, spec.YAML()).Components.Schemas["ProblemCode"].Value
	list, ok := schema.Extensions["x-extensible-enum"].([]any)
	if !ok {
		t.Fatal("no x-extensible-enum")
	}
	for _, code := range list {
		if !strings.Contains(schema.Description, fmt.Sprintf("\n| %#q | ", code)) {
			t.Errorf("%s is not in the table", code)
		}
	}
	if got, want := strings.Count(schema.Description, "\n| `"), len(list); got != want {
		t.Errorf("the table has %d codes, the list %d", got, want)
	}
}

// server is an [api.StrictServerInterface] of one operation; the others are not called.
type server struct {
	api.StrictServerInterface

	login func(api.LoginRequestObject) (api.LoginResponseObject, error)
}

func (s server) Login(_ context.Context, r api.LoginRequestObject) (api.LoginResponseObject, error) {
	return s.login(r)
}

// cookieAnswer shows the seam for answers that no generated type can give.
type cookieAnswer struct {
	session api.CookieSession
	cookies []*http.Cookie
}

func (a cookieAnswer) VisitLoginResponse(w http.ResponseWriter) error {
	for _, c := range a.cookies {
		http.SetCookie(w, c)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(a.session)
}

func login(t *testing.T, s server, onError func(http.ResponseWriter, *http.Request, error)) *http.Response {
	t.Helper()
	handler := httpapi.Handler(httpapi.NewStrictHandlerWithOptions(s, nil, httpapi.StrictHTTPServerOptions{
		ResponseErrorHandlerFunc: onError,
	}))
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/auth/login",
		strings.NewReader(`{"username":"alice","password":"secret","delivery":"cookie"}`))
	handler.ServeHTTP(w, r)
	return w.Result()
}

func TestAnswerMaySetSeveralCookies(t *testing.T) {
	var got api.LoginRequest
	s := server{login: func(r api.LoginRequestObject) (api.LoginResponseObject, error) {
		got = *r.Body
		return cookieAnswer{
			session: api.CookieSession{CSRFToken: "a", RefreshCSRFToken: "b"},
			cookies: []*http.Cookie{{Name: "one", Value: "1"}, {Name: "two", Value: "2"}},
		}, nil
	}}
	response := login(t, s, nil)
	if want := (api.LoginRequest{Username: "alice", Password: "secret", Delivery: api.DeliveryCookie}); got != want {
		t.Errorf("request: got %+v, want %+v", got, want)
	}
	if n := len(response.Cookies()); n != 2 {
		t.Errorf("cookies: got %d, want 2", n)
	}
	if response.StatusCode != http.StatusOK {
		t.Errorf("status: got %d, want 200", response.StatusCode)
	}
}

func TestErrorReachesTheErrorHandler(t *testing.T) {
	refused := errors.New("refused")
	s := server{login: func(api.LoginRequestObject) (api.LoginResponseObject, error) { return nil, refused }}
	var got error
	response := login(t, s, func(w http.ResponseWriter, _ *http.Request, err error) {
		got = err
		w.WriteHeader(http.StatusUnauthorized)
	})
	if !errors.Is(got, refused) {
		t.Errorf("got %v, want %v", got, refused)
	}
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("status: got %d, want 401", response.StatusCode)
	}
}

// A generated answer must not write an empty Set-Cookie header.
func TestBodyDeliverySetsNoCookie(t *testing.T) {
	s := server{login: func(api.LoginRequestObject) (api.LoginResponseObject, error) {
		var tokens api.Tokens
		if err := tokens.FromTokenPair(api.TokenPair{AccessToken: "a", TokenType: api.TokenTypeBearer}); err != nil {
			return nil, err
		}
		return api.Login200JSONResponse{IssuedJSONResponse: api.IssuedJSONResponse{
			Body:    tokens,
			Headers: api.IssuedResponseHeaders{CacheControl: "no-store"},
		}}, nil
	}}
	response := login(t, s, nil)
	if _, found := response.Header["Set-Cookie"]; found {
		t.Error("Set-Cookie is set")
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: got %q, want no-store", got)
	}
}
