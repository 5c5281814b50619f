// Client logs in to the server that `make run` starts, calls a guarded route
// and logs out. The tokens are refreshed behind its back.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: client USER PASSWORD")
	}
	if err := run(context.Background(), os.Stdout, "http://127.0.0.1:8080", os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, server, username, password string) error {
	c, err := client.New(client.Config{BaseURL: server, Label: "example client"})
	if err != nil {
		return err
	}
	if err := c.Login(ctx, username, password); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/auth/me", http.NoBody)
	if err != nil {
		return err
	}
	res, err := c.HTTPClient().Do(req) // adds the token, and refreshes it when it is due
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := fmt.Fprintln(out, res.Status); err != nil {
		return err
	}
	if _, err := io.Copy(out, res.Body); err != nil {
		return err
	}
	return c.Logout(ctx)
}
