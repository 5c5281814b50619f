// Site is a web site without scripts: a form logs people in, their tokens
// travel in cookies and are renewed while they read, and every form that
// changes something repeats a CSRF value.
package main

import (
	"context"
	"errors"
	"html/template"
	"log"
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler("http://127.0.0.1:8080")))
}

// site is what the pages need.
type site struct {
	sessions *session.Manager
	cookies  *authsdk.Cookies
	pages    *template.Template
}

func newHandler(url string) http.Handler {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real server reads its key
	store := memstore.New()                                                   // sqlitestore.Open keeps what this one forgets
	accounts := must(users.New(users.Config{Store: store}))
	must(accounts.Add(context.Background(), "alice", "correct horse", nil, nil))
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	sessions := must(session.New(session.Config{Issuer: issuer, Store: store, Accounts: accounts}))

	cookies := must(authsdk.NewCookies(authsdk.CookieConfig{
		Access: authsdk.CookieNames{CSRFField: "csrf_token"}, // forms have no headers
	}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: url, Keys: keys, Revoked: sessions.Revoked,
		Locations: []authsdk.Location{cookies.Location(), authsdk.Bearer()}, // the first that holds a token decides
		Render:    toLogin,
	}))
	slider := must(session.NewSlider(session.SliderConfig{Manager: sessions, Verifier: verifier, Cookies: cookies}))

	s := &site{sessions, cookies, must(template.New("").Parse(pages))}
	require := authhttp.Require(verifier, authsdk.Policy{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.login)
	mux.Handle("GET /{$}", require(http.HandlerFunc(s.home)))
	mux.Handle("POST /logout", require(http.HandlerFunc(s.logout)))
	return slider.Wrap(mux) // before the guards
}

// toLogin answers whoever must log in with the form, and everything else as usual.
func toLogin(w http.ResponseWriter, r *http.Request, e *authsdk.Error) {
	if e.Status == http.StatusUnauthorized && r.Method == http.MethodGet {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	authsdk.WriteProblem(w, r, e)
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	if err := s.cookies.CheckOrigin(r); err != nil { // there is no token yet that could carry a CSRF value
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	pair, err := s.sessions.Login(r.Context(), session.Credentials{
		Username: r.PostFormValue("username"), Password: r.PostFormValue("password"),
	}, session.LoginOptions{Cookies: true, Label: r.UserAgent()})
	if errors.Is(err, authsdk.ErrInvalidCredentials) {
		w.WriteHeader(http.StatusUnauthorized)
		s.show(w, "login", "The name or the password is wrong.")
		return
	}
	if err == nil {
		err = s.cookies.Set(w, pair)
	}
	if err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	claims, _ := authsdk.ClaimsFrom(r.Context())
	if err := s.sessions.Logout(r.Context(), claims); err != nil {
		authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
		return
	}
	s.cookies.Clear(w)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	claims, _ := authsdk.ClaimsFrom(r.Context())
	s.show(w, "home", claims)
}

func (s *site) loginForm(w http.ResponseWriter, _ *http.Request) { s.show(w, "login", "") }

func (s *site) show(w http.ResponseWriter, page string, data any) {
	if err := s.pages.ExecuteTemplate(w, page, data); err != nil {
		log.Print(err)
	}
}

const pages = `
{{define "home"}}<!doctype html>
<title>Home</title>
<p>Hello, {{.Subject}}.</p>
<form method="post" action="/logout">
  <input type="hidden" name="csrf_token" value="{{.CSRF}}">
  <button>Log out</button>
</form>
{{end}}
{{define "login"}}<!doctype html>
<title>Log in</title>
<p>{{.}}</p>
<form method="post" action="/login">
  <input name="username" autocomplete="username">
  <input name="password" type="password" autocomplete="current-password">
  <button>Log in</button>
</form>
{{end}}
`

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
