// Locations is a service that takes tokens from wherever its clients can put
// them, and a download link that carries its token in the URL.
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
)

func main() {
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256)))) // a real service reads its key
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler("http://127.0.0.1:8080", keys)))
}

// download is the type of the tokens in links. They open nothing else.
const download authsdk.TokenType = "download"

func newHandler(url string, keys *authsdk.KeySet) http.Handler {
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: url, Keys: keys}))
	cookies := must(authsdk.NewCookies(authsdk.CookieConfig{}))
	verifier := must(authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: url, Keys: keys,
		Locations: []authsdk.Location{ // the first that holds a token decides
			authsdk.Bearer(),
			authsdk.Header(authsdk.HeaderConfig{Name: "X-Api-Token", Bare: true}),
			cookies.Location(),
			authsdk.JSONBody("access_token", "refresh_token"),
			password(),
		},
	}))

	mux := http.NewServeMux()
	mux.Handle("/whoami", authhttp.Require(verifier, authsdk.Policy{})(http.HandlerFunc(whoami)))
	mux.Handle("POST /link", authhttp.Require(verifier, authsdk.Policy{})(link(issuer)))
	mux.Handle("GET /file", authhttp.Require(verifier, authsdk.Policy{
		Types: []authsdk.TokenType{download}, Locations: []authsdk.Location{authsdk.Query("token", "")},
	})(http.HandlerFunc(whoami)))
	mux.Handle("GET /socket", authhttp.Require(verifier, authsdk.Policy{
		Locations: []authsdk.Location{authsdk.WebSocket()},
	})(http.HandlerFunc(whoami))) // a library for WebSockets answers here
	return mux
}

// password is for tools that can send a name and a password and nothing else:
// the token is the password.
func password() authsdk.Location {
	return authsdk.Location{Name: "password", Find: func(r *http.Request, _ authsdk.TokenType) (string, error) {
		_, token, _ := r.BasicAuth()
		return token, nil
	}}
}

// link answers with the address of a file, which is good for a minute.
func link(issuer *authsdk.Issuer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		claims, _ := authsdk.ClaimsFrom(r.Context())
		token, err := issuer.Issue(r.Context(), authsdk.Claims{
			Type: download, Subject: claims.Subject, Expires: time.Now().Add(time.Minute),
		}, nil)
		if err != nil {
			authsdk.WriteProblem(w, r, authsdk.ErrorOf(err))
			return
		}
		fmt.Fprintf(w, "/file?token=%s\n", token)
	}
}

func whoami(w http.ResponseWriter, r *http.Request) {
	claims, _ := authsdk.ClaimsFrom(r.Context())
	fmt.Fprintf(w, "%s\n", claims.Subject)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
