package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/authsdk/authsdk-go/authsdk/client"
	"github.com/authsdk/authsdk-go/authsdk/client/keyringstore"
	"github.com/authsdk/authsdk-go/authsdk/client/oauth2source"
	gen "github.com/authsdk/authsdk-go/gen/client"
)

// open returns a client that keeps its session in a file.
func open(out io.Writer, server, file string) (*client.Client, error) {
	return client.New(client.Config{
		BaseURL:  server,
		Label:    "example client",
		Store:    client.NewFileStore(file),
		OnSave:   func(t client.Token) { fmt.Fprintln(out, "kept until", t.RefreshExpires) },
		OnLogout: func(err error) { fmt.Fprintln(out, "log in again:", err) },
	})
}

// openKeyring returns a client that keeps its session in the keyring of the system.
func openKeyring(server, username string) (*client.Client, error) {
	store, err := keyringstore.New(keyringstore.Config{Service: "example client", Account: username + " at " + server})
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{BaseURL: server, Label: "example client", Store: store})
}

// keep logs in if the file, or the keyring, has no session that lives, and uses it.
func keep(ctx context.Context, out io.Writer, server, username, password, file string) error {
	c, err := open(out, server, file)
	if file == "keyring" {
		c, err = openKeyring(server, username)
	}
	if err != nil {
		return err
	}
	if _, err := c.Token(ctx); errors.Is(err, client.ErrLoggedOut) {
		err = c.Login(ctx, username, password)
		if err != nil {
			return err
		}
	} else if err != nil {
		return err // the session may live: a password does not help
	}
	if err := sessions(ctx, out, server, c); err != nil {
		return err
	}
	return ask(ctx, out, server, c)
}

// sessions lists where the user is logged in, by an operation of the document.
func sessions(ctx context.Context, out io.Writer, server string, c *client.Client) error {
	api, err := gen.NewClientWithResponses(server, gen.WithHTTPClient(c.HTTPClient()))
	if err != nil {
		return err
	}
	list, err := api.ListSessionsWithResponse(ctx)
	if err != nil {
		return err
	}
	if list.JSON200 == nil {
		return errors.New(list.Status())
	}
	for _, s := range list.JSON200.Sessions {
		if _, err := fmt.Fprintf(out, "session %s, current: %v\n", s.Label, s.Current); err != nil {
			return err
		}
	}
	return nil
}

// ask asks who it is in three more ways.
func ask(ctx context.Context, out io.Writer, server string, c *client.Client) error {
	// An option of the generated client for each scheme of the document.
	api, err := gen.NewClientWithResponses(server, gen.WithAccessToken(c.AccessToken))
	if err != nil {
		return err
	}
	me, err := api.MeWithResponse(ctx)
	if err != nil {
		return err
	}
	if me.JSON200 == nil {
		return errors.New(me.Status())
	}
	there, err := status(toOAuth2(ctx, c), server+"/auth/me")
	if err != nil {
		return err
	}
	h, err := fromOAuth2(oauth2source.New(ctx, c), server)
	if err != nil {
		return err
	}
	back, err := status(h, server+"/auth/me")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, me.JSON200.Scope, me.StatusCode(), there, back)
	return err
}

// toOAuth2 gives the session to a program that is built on x/oauth2.
func toOAuth2(ctx context.Context, c *client.Client) *http.Client {
	return &http.Client{Transport: &oauth2.Transport{Source: oauth2source.New(ctx, c)}}
}

// fromOAuth2 sends tokens of x/oauth2 to one origin and to no other.
func fromOAuth2(tokens oauth2.TokenSource, origin string) (*http.Client, error) {
	transport, err := client.NewTransport(client.TransportConfig{
		Source:  oauth2source.From(tokens),
		Origins: []string{origin},
	})
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: transport}, nil
}

func status(h *http.Client, url string) (int, error) {
	res, err := h.Get(url)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	return res.StatusCode, nil
}
