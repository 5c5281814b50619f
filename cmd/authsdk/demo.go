package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2/maybe"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

const demoUser = "demo"

// demo adds the user demo if there is none, and prints commands that work when
// they are pasted. A password made here is kept beside the keys, so that they
// still work after the next start.
func (s *serveCmd) demo(ctx context.Context, a *app, out io.Writer, url string) error {
	file := filepath.Join(filepath.Dir(s.Keys), "demo-password")
	kept, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	password := cmp.Or(s.DemoPassword, strings.TrimSpace(string(kept)))
	made := password == ""
	if made {
		password = rand.Text()
	}
	_, err = a.users.Add(ctx, demoUser, password, []string{"read", "write"}, []string{"demo"})
	switch {
	case errors.Is(err, users.ErrExists) && made:
		_, _ = fmt.Fprintln(out, "The user demo is there already; `authsdk user passwd demo` sets its password.")
		password = "PASSWORD"
	case errors.Is(err, users.ErrExists):
		if err := a.demoPassword(ctx, out, password); err != nil {
			return err
		}
	case err != nil:
		return err
	case made:
		if err := maybe.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			return err
		}
	}
	text := demoText(url, password)
	if s.Console {
		text += fmt.Sprintf("Or in a browser, as demo with that password: %[1]s/console/ and %[1]s/docs/\n\n", url)
	}
	_, err = io.WriteString(out, text)
	return err
}

// demoPassword sets the password of the user demo unless it is that already:
// another start, or `user passwd`, may have set another one.
func (a *app) demoPassword(ctx context.Context, out io.Writer, password string) error {
	login := session.Credentials{Username: demoUser, Password: password}
	_, err := a.users.Authenticate(ctx, login)
	if !errors.Is(err, authsdk.ErrInvalidCredentials) {
		return err
	}
	if err := a.users.SetPassword(ctx, demoUser, password); err != nil {
		return err
	}
	_, err = a.users.Authenticate(ctx, login)
	if errors.Is(err, authsdk.ErrInvalidCredentials) {
		_, err = fmt.Fprintln(out, "The user demo is disabled; `authsdk user enable demo` lets it log in.")
	}
	return err
}

// demoText is what `make run` shows.
func demoText(url, password string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `'\''`).Replace(password)
	member := func(name string) string {
		return `$(echo "$T" | sed 's/.*"` + name + `":"\([^"]*\)".*/\1/')`
	}
	return fmt.Sprintf(`
Serving on %[1]s. In another terminal, one after the other:

  T=$(curl -s %[1]s/auth/login -H 'Content-Type: application/json' -d '{"username":"demo","password":"%[2]s"}'); echo "$T"
  curl -s %[1]s/auth/me -H "Authorization: Bearer %[3]s"
  T=$(curl -s -X POST %[1]s/auth/refresh -H "Authorization: Bearer %[4]s"); echo "$T"
  curl -s -i -X POST %[1]s/auth/logout -H "Authorization: Bearer %[4]s"

`, url, quoted, member("access_token"), member("refresh_token"))
}
