// Client logs in to the server that `make run` starts, calls a guarded route
// and logs out. The tokens are refreshed behind its back. With a FILE it keeps
// its session there, for the next time and for other processes; keyring stands
// for the keyring of the system.
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
	const server = "http://127.0.0.1:8080"
	ctx, err := context.Background(), error(nil)
	switch len(os.Args) {
	case 3:
		err = run(ctx, os.Stdout, server, os.Args[1], os.Args[2])
	case 4:
		err = keep(ctx, os.Stdout, server, os.Args[1], os.Args[2], os.Args[3])
	default:
		log.Fatal("usage: client USER PASSWORD [FILE or keyring]")
	}
	if err != nil {
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
