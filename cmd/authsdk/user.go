package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// userCmd manages users.
type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Add a user."`
	List    userListCmd    `cmd:"" help:"List the users."`
	Disable userDisableCmd `cmd:"" help:"Disable a user and end their sessions."`
	Enable  userEnableCmd  `cmd:"" help:"Enable a user again."`
	Passwd  userPasswdCmd  `cmd:"" help:"Set a user's password and end their sessions."`
	Remove  userRemoveCmd  `cmd:"" help:"Remove a user and end their sessions."`
}

// passwordFlags say where a password comes from. It is never an argument,
// which other users of the machine could see.
type passwordFlags struct {
	PasswordStdin bool `help:"Read the password from standard input, up to the end of the line."`
}

func (f passwordFlags) read(c console) (string, error) {
	switch fd := int(c.in.Fd()); {
	case f.PasswordStdin:
		line, err := bufio.NewReader(io.LimitReader(c.in, 1<<16)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	case term.IsTerminal(fd):
		_, _ = fmt.Fprint(c.err, "Password: ")
		password, err := term.ReadPassword(fd)
		_, _ = fmt.Fprintln(c.err)
		return string(password), err
	}
	return "", setting("no terminal to ask for a password: use --password-stdin")
}

// userStore is the flags and services that every user command needs.
type userStore struct{ storeFlags }

// with opens the store, calls do, and closes it.
func (f userStore) with(ctx context.Context, do func(*users.Service, *opened) error) error {
	st, err := f.openExisting(ctx)
	if err != nil {
		return err
	}
	return using(st, do)
}

// using calls do with the services over st, and closes it.
func using(st *opened, do func(*users.Service, *opened) error) error {
	service, err := users.New(users.Config{Store: st.users})
	if err == nil {
		err = do(service, st)
	}
	return errors.Join(err, st.close())
}

// ends does something to a user and then ends their sessions.
func (f userStore) ends(ctx context.Context, c console, name, done string, do func(*users.Service) error) error {
	return f.with(ctx, func(service *users.Service, st *opened) error {
		user, err := find(ctx, service, name)
		if err != nil {
			return err
		}
		if err := do(service); err != nil {
			return err
		}
		ended, err := st.end(ctx, session.Match{Subject: user.ID}, session.ReasonAccount)
		if err != nil {
			return fmt.Errorf("%s, but their sessions could not be ended: %w", done, err)
		}
		_, err = fmt.Fprintf(c.out, "%s %s; sessions ended: %d\n", done, user.Name, len(ended))
		return err
	})
}

func find(ctx context.Context, service *users.Service, name string) (users.User, error) {
	canonical, err := users.Canonical(name)
	if err != nil {
		return users.User{}, err
	}
	all, err := service.List(ctx)
	if err != nil {
		return users.User{}, err
	}
	for _, u := range all {
		if u.Name == canonical {
			return u, nil
		}
	}
	return users.User{}, fmt.Errorf("%w: %s; `authsdk user list` shows all", users.ErrNotFound, canonical)
}

type userAddCmd struct {
	userStore
	passwordFlags

	Name  string   `arg:"" help:"Name to log in with."`
	Role  []string `help:"Role of the user. May be repeated."`
	Scope []string `help:"Scope that the user's tokens grant. May be repeated."`
}

// Run adds a user.
func (a *userAddCmd) Run(ctx context.Context, c console) error {
	if err := a.keepsUsers(); err != nil {
		return err
	}
	password, err := a.read(c)
	if err != nil {
		return err
	}
	st, err := a.open(ctx)
	if err != nil {
		return err
	}
	return using(st, func(service *users.Service, _ *opened) error {
		user, err := service.Add(ctx, a.Name, password, a.Scope, a.Role)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "added %s with subject %s\n", user.Name, user.ID)
		return err
	})
}

type userListCmd struct{ userStore }

// Run lists the users.
func (l *userListCmd) Run(ctx context.Context, c console) error {
	return l.with(ctx, func(service *users.Service, _ *opened) error {
		all, err := service.List(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "NAME\tSUBJECT\tROLES\tSCOPES\tSTATE\tSINCE")
		for _, u := range all {
			state := "enabled"
			if u.Disabled {
				state = "disabled"
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
				u.Name, u.ID, dash(u.Roles), dash(u.Scopes), state, u.CreatedAt.Format(time.DateOnly))
		}
		return table.Flush()
	})
}

func dash(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ",")
}

type userDisableCmd struct {
	userStore

	Name string `arg:"" help:"Name of the user."`
}

// Run disables a user.
func (d *userDisableCmd) Run(ctx context.Context, c console) error {
	return d.ends(ctx, c, d.Name, "disabled", func(s *users.Service) error { return s.SetDisabled(ctx, d.Name, true) })
}

type userEnableCmd struct {
	userStore

	Name string `arg:"" help:"Name of the user."`
}

// Run enables a user.
func (e *userEnableCmd) Run(ctx context.Context, c console) error {
	return e.with(ctx, func(service *users.Service, _ *opened) error {
		if err := service.SetDisabled(ctx, e.Name, false); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "enabled %s\n", e.Name)
		return err
	})
}

type userPasswdCmd struct {
	userStore
	passwordFlags

	Name string `arg:"" help:"Name of the user."`
}

// Run sets a password.
func (p *userPasswdCmd) Run(ctx context.Context, c console) error {
	password, err := p.read(c)
	if err != nil {
		return err
	}
	return p.ends(ctx, c, p.Name, "set the password of", func(s *users.Service) error { return s.SetPassword(ctx, p.Name, password) })
}

type userRemoveCmd struct {
	userStore

	Name string `arg:"" help:"Name of the user."`
}

// Run removes a user.
func (r *userRemoveCmd) Run(ctx context.Context, c console) error {
	return r.ends(ctx, c, r.Name, "removed", func(s *users.Service) error { return s.Remove(ctx, r.Name) })
}
