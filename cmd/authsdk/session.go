package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// sessionCmd lists and ends sessions.
type sessionCmd struct {
	List   sessionListCmd   `cmd:"" help:"List the live sessions of a user."`
	Revoke sessionRevokeCmd `cmd:"" help:"End a session, or all sessions of a user."`
	Prune  sessionPruneCmd  `cmd:"" help:"Delete sessions that ended more than a day ago, revocations of tokens that have expired, and counts of failed logins that are over."`
}

type sessionListCmd struct {
	userStore

	Name string `arg:"" help:"Name of the user."`
}

// Run lists sessions.
func (l *sessionListCmd) Run(ctx context.Context, c console) error {
	return l.with(ctx, func(service *users.Service, st *opened) error {
		user, err := find(ctx, service, l.Name)
		if err != nil {
			return err
		}
		sessions, err := st.Sessions(ctx, user.ID, time.Now())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tSINCE\tLAST SEEN\tREFRESHES\tLABEL")
		for _, s := range sessions {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n",
				s.ID, s.CreatedAt.Format(time.DateTime), s.LastSeen.Format(time.DateTime), s.Generation, s.Label)
		}
		return table.Flush()
	})
}

type sessionRevokeCmd struct {
	userStore

	ID  string `arg:"" help:"ID of the session, as session list shows it." optional:""`
	All string `help:"End all sessions of this user." placeholder:"NAME"`
}

// Run ends sessions.
func (r *sessionRevokeCmd) Run(ctx context.Context, c console) error {
	if (r.ID == "") == (r.All == "") {
		return setting("give either the ID of a session or --all NAME")
	}
	return r.with(ctx, func(service *users.Service, st *opened) error {
		match := session.Match{ID: r.ID}
		if r.All != "" {
			user, err := find(ctx, service, r.All)
			if err != nil {
				return err
			}
			match = session.Match{Subject: user.ID}
		}
		ended, err := st.end(ctx, match, session.ReasonLogout)
		if err != nil {
			return err
		}
		if len(ended) == 0 && r.ID != "" {
			return errors.New("there is no live session with that ID")
		}
		_, err = fmt.Fprintf(c.out, "sessions ended: %d\n", len(ended))
		return err
	})
}

type sessionPruneCmd struct{ storeFlags }

// Run deletes ended sessions.
func (p *sessionPruneCmd) Run(ctx context.Context, c console) error {
	st, err := p.openExisting(ctx)
	if err != nil {
		return err
	}
	n, err := session.Prune(ctx, st, time.Now())
	if err == nil {
		_, err = fmt.Fprintf(c.out, "sessions deleted: %d\n", n)
	}
	if err == nil {
		n, err = revocation.Prune(ctx, st, time.Now())
	}
	if err == nil {
		_, err = fmt.Fprintf(c.out, "revocations deleted: %d\n", n)
	}
	var service *users.Service
	if err == nil {
		service, err = users.New(users.Config{Store: st.users, Throttle: st.sessionStore})
	}
	if err == nil {
		n, err = service.Prune(ctx)
	}
	if err == nil {
		_, err = fmt.Fprintf(c.out, "counts of failed logins deleted: %d\n", n)
	}
	return errors.Join(err, st.close())
}
