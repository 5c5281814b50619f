package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/authsdk/authsdk-go/authsdk/client"
	gen "github.com/authsdk/authsdk-go/gen/client"
)

// static is a credential that does not change, such as one of a test.
func static(value string) gen.CredentialFunc {
	return func(context.Context) (string, error) { return value, nil }
}

// The generated client has an option for each security scheme of the document;
// each asks a function for every request. The clients that authgen makes of
// your own document have them too.
func Example_credentials() {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s: %q %q %q\n", r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("X-Csrf-Token"))
	}))
	defer server.Close()
	ctx := context.Background()
	for _, options := range [][]gen.ClientOption{
		{gen.WithAccessToken(static("a"))},
		{gen.WithRefreshToken(static("r"))},
		{gen.WithAccessCookie(static("a")), gen.WithCSRFToken(static("c"))},
		{gen.WithRefreshCookie(static("r")), gen.WithCSRFToken(static("c"))},
	} {
		api, err := gen.NewClient(server.URL, options...)
		if err != nil {
			panic(err)
		}
		res, err := api.Logout(ctx)
		if err != nil {
			panic(err)
		}
		_ = res.Body.Close()
	}

	// A Client keeps the credential alive. Without one nothing is sent.
	c, err := client.New(client.Config{BaseURL: server.URL})
	if err != nil {
		panic(err)
	}
	api, err := gen.NewClient(server.URL, gen.WithAccessToken(c.AccessToken))
	if err != nil {
		panic(err)
	}
	_, err = api.Me(ctx)
	fmt.Println(err)
	server.CloseClientConnections()
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// /auth/logout: "Bearer a" "" ""
	// /auth/logout: "Bearer r" "" ""
	// /auth/logout: "" "__Host-access_token=a" "c"
	// /auth/logout: "" "__Host-refresh_token=r" "c"
	// client: not logged in
}
