package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// A program logs in once. Whatever happens to its tokens from then on happens
// by itself.
func Example() {
	server := httptest.NewServer(newContract(time.Now)) // your auth server
	defer server.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	c, err := client.New(client.Config{
		BaseURL: server.URL,
		Store:   client.NewFileStore(filepath.Join(dir, "tokens.json")),
		Label:   "the example",
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := c.Login(ctx, "alice", "correct-horse-battery-staple"); err != nil {
		panic(err)
	}
	h := c.HTTPClient()
	defer h.CloseIdleConnections()

	res, err := h.Get(server.URL + "/notes")
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(res.StatusCode, string(body))

	fmt.Println(c.Logout(ctx))
	_, err = h.Get(server.URL + "/notes")
	fmt.Println(err != nil)
	// Output:
	// 200 GET  by session-1
	// <nil>
	// true
}
