package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/oauth"
)

// ownPages is the client_id of those who log in at /auth/login: one's own pages
// and apps, which are no registered client.
const ownPages = "authsdk"

// clientCmd manages OAuth clients.
type clientCmd struct {
	Add    clientAddCmd    `cmd:"" help:"Add an OAuth client and print its secret, this once."`
	List   clientListCmd   `cmd:"" help:"List the OAuth clients."`
	Secret clientSecretCmd `cmd:"" help:"Give an OAuth client a new secret and print it, this once; the old one is refused from then on."`
	Remove clientRemoveCmd `cmd:"" help:"Remove an OAuth client; its own tokens and its refresh tokens are refused from then on."`
}

type clientAddCmd struct {
	storeFlags

	Name     string   `arg:"" help:"Name of the client, its client_id."`
	Public   bool     `help:"A page or an app, which cannot keep a secret."`
	Grant    []string `help:"What the client may do: refresh_token, client_credentials, password or introspection. May be repeated; client_credentials unless set, refresh_token with --public."`
	Scope    []string `help:"Scope that the client may be granted. May be repeated."`
	Audience []string `help:"Audience of the client's access tokens; that of the server unless set. May be repeated."`
}

// Run adds a client.
func (a *clientAddCmd) Run(ctx context.Context, c console) error {
	if a.Name == ownPages {
		return setting("the name %s is that of the server's own pages: choose another one", ownPages)
	}
	if err := a.keepsUsers(); err != nil {
		return err
	}
	st, err := a.open(ctx)
	if err != nil {
		return err
	}
	secret, err := oauth.Register(ctx, st.oauth, oauth.Registration{
		ID: a.Name, Public: a.Public, Grants: a.Grant, Scopes: a.Scope, Audience: a.Audience,
	}, time.Now())
	if err := errors.Join(err, st.close()); err != nil {
		return err
	}
	if a.Public {
		_, err = fmt.Fprintf(c.out, "added the public client %s\n", a.Name)
		return err
	}
	_, err = fmt.Fprintf(c.out, "added the client %s; keep its secret, which is not shown again:\n%s\n", a.Name, secret)
	return err
}

type clientListCmd struct{ storeFlags }

// Run lists the clients.
func (l *clientListCmd) Run(ctx context.Context, c console) error {
	st, err := l.openExisting(ctx)
	if err != nil {
		return err
	}
	all, err := st.oauth.Clients(ctx)
	if err := errors.Join(err, st.close()); err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NAME\tKIND\tGRANTS\tSCOPES\tAUDIENCE\tSINCE")
	for i := range all {
		kind := "confidential"
		if all[i].Public() {
			kind = "public"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", all[i].ID, kind,
			dash(all[i].Grants), dash(all[i].Scopes), dash(all[i].Audience), all[i].CreatedAt.Format(time.DateOnly))
	}
	return table.Flush()
}

type clientSecretCmd struct {
	storeFlags

	Name string `arg:"" help:"Name of the client."`
}

// Run replaces the secret of a client. Whoever sees an error repeats it: a secret that
// was not printed is of no use.
func (s *clientSecretCmd) Run(ctx context.Context, c console) error {
	st, err := s.openExisting(ctx)
	if err != nil {
		return err
	}
	secret, err := oauth.NewSecret(ctx, st.oauth, s.Name)
	if err := errors.Join(unknownClient(err, s.Name), st.close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "replaced the secret of %s; keep the new one, which is not shown again:\n%s\n", s.Name, secret)
	return err
}

type clientRemoveCmd struct {
	storeFlags

	Name string `arg:"" help:"Name of the client."`
}

// Run removes a client.
func (r *clientRemoveCmd) Run(ctx context.Context, c console) error {
	st, err := r.openExisting(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(r.remove(ctx, st), st.close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "removed %s\n", r.Name)
	return err
}

// remove removes the client, and lets the tokens that speak for it be refused: first
// those that there are, so that who is interrupted can repeat it, and then those that
// it got meanwhile.
func (r *clientRemoveCmd) remove(ctx context.Context, st *opened) error {
	if _, err := st.oauth.Client(ctx, r.Name); err != nil {
		return unknownClient(err, r.Name)
	}
	list, err := st.list()
	if err != nil {
		return err
	}
	if err := list.RevokeSubject(ctx, r.Name, time.Time{}); err != nil {
		return fmt.Errorf("nothing was removed: the tokens of %s could not be revoked: %w", r.Name, err)
	}
	if err := st.oauth.RemoveClient(ctx, r.Name); err != nil {
		return unknownClient(err, r.Name)
	}
	if err := list.RevokeSubject(ctx, r.Name, time.Time{}); err != nil {
		return fmt.Errorf("removed %s, but not all its tokens could be revoked: `authsdk token revoke --subject %s` does that: %w", r.Name, r.Name, err)
	}
	return nil
}

// unknownClient adds the next step to an error about a client that there is not.
func unknownClient(err error, name string) error {
	if errors.Is(err, oauth.ErrNotFound) {
		return fmt.Errorf("%w: %s; `authsdk client list` shows all", err, name)
	}
	return err
}
