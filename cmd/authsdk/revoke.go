package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// revocations makes the list of what is revoked.
func (a *app) revocations() (err error) {
	a.revoked, err = revocation.New(revocation.Config{
		Store: a.store.sessionStore, TokenTTL: maxAccessTTL, // of which `token issue` makes some, too
		OnDegraded: func(s revocation.Status) {
			a.log.Warn("revocations", "warning", "the list is too old, tokens are refused", "synced", s.Synced, "cause", s.Err)
		},
	})
	return err
}

// isRevoked asks the list about the token and its subject, and the store about
// its session: this server has that at hand, and then nothing is ever late.
func (a *app) isRevoked(ctx context.Context, c *authsdk.Claims) (bool, error) {
	revoked, err := a.revoked.Revoked(ctx, c)
	if revoked || err != nil {
		return revoked, err
	}
	if revoked, err = a.sessions.Revoked(ctx, c); !revoked || err != nil {
		return revoked, err
	}
	// Its session has ended, or the store has just lost it, which the list notices a
	// moment later: then nothing is known of the token.
	head, _, err := a.store.Revocations(ctx, time.Now(), 0, 0)
	if err == nil && !head.Created.IsZero() && c.IssuedAt.Unix() < head.Created.Unix() {
		err = errors.New("the store has lost the token's session")
	}
	if err != nil {
		return false, authsdk.Unknown("revocations", err)
	}
	return true, nil
}

// list is the list for commands.
func (o *opened) list() (*revocation.List, error) {
	return revocation.New(revocation.Config{Store: o.sessionStore, TokenTTL: maxAccessTTL})
}

// end ends sessions, and lets their access tokens be refused.
func (o *opened) end(ctx context.Context, match session.Match, reason string) ([]string, error) {
	list, err := o.list()
	if err != nil {
		return nil, err
	}
	return session.End(ctx, o, list, match, time.Now(), reason)
}

type tokenRevokeCmd struct {
	storeFlags

	Token   string        `arg:"" help:"The token; - reads it from standard input." optional:""`
	JTI     string        `help:"ID of the token (jti), where the token itself is not at hand." name:"jti" placeholder:"ID"`
	Subject string        `help:"Refuse all tokens of this subject (sub) that were issued until now." placeholder:"SUBJECT"`
	For     time.Duration `default:"24h" help:"How long, with --jti: the rest of the token's life."`
}

// Run revokes tokens.
func (r *tokenRevokeCmd) Run(ctx context.Context, c console) error {
	given := 0
	for _, text := range []string{r.Token, r.JTI, r.Subject} {
		if text != "" {
			given++
		}
	}
	if given != 1 {
		return setting("give a token, --jti ID or --subject SUBJECT")
	}
	if err := lifetime("--for", r.For); err != nil {
		return err
	}
	claims := authsdk.Claims{ID: r.JTI, Expires: time.Now().Add(r.For)}
	if r.Token != "" {
		raw, err := readToken(r.Token, c)
		if err != nil {
			return err
		}
		if claims, err = unverified(raw); err != nil {
			return err
		}
	}
	if err := r.keepsSessions(); err != nil {
		return err
	}
	st, err := r.openExisting(ctx)
	if err != nil {
		return err
	}
	list, err := st.list()
	switch {
	case err != nil:
	case r.Subject != "":
		if err = list.RevokeSubject(ctx, r.Subject, time.Time{}); err == nil {
			_, err = fmt.Fprintf(c.out, "refused: all tokens of %s until now\n%s", r.Subject, st.named(ctx, r.Subject))
		}
	default:
		if err = list.RevokeToken(ctx, &claims); err == nil {
			_, err = fmt.Fprintf(c.out, "refused: the token %s, which ends %s\n", claims.ID, claims.Expires.UTC().Format(time.RFC3339))
		}
	}
	return errors.Join(err, st.close())
}

// named warns where a subject is the name of a user, whose tokens say another one.
func (o *opened) named(ctx context.Context, subject string) string {
	u, err := o.users.UserByName(ctx, subject)
	if err != nil || u.ID == subject {
		return ""
	}
	return fmt.Sprintf("%s is also the name of a user, whose tokens were not refused: their subject is %s\n", subject, u.ID)
}

// unverified returns the ID and the end of a token. Whoever may write to the store
// need not prove that the token is good.
func unverified(raw string) (authsdk.Claims, error) {
	_, payload, err := authsdk.Unverified(raw)
	if err != nil {
		return authsdk.Claims{}, setting("that is not a token: %w", err)
	}
	var said struct {
		ID      string `json:"jti"`
		Expires int64  `json:"exp"`
		Type    string `json:"type"`
	}
	switch err := json.Unmarshal(payload, &said); {
	case err != nil || said.ID == "":
		return authsdk.Claims{}, setting("the token has no ID (jti)")
	case said.Type == string(authsdk.Refresh):
		return authsdk.Claims{}, setting("that is a refresh token: end its session by `authsdk session revoke`")
	case said.Expires != 0 && time.Unix(said.Expires, 0).Before(time.Now().Add(-time.Hour)):
		return authsdk.Claims{}, setting("the token has expired: there is nothing to refuse")
	}
	claims := authsdk.Claims{ID: said.ID}
	if said.Expires != 0 {
		claims.Expires = time.Unix(said.Expires, 0)
	}
	return claims, nil
}

type tokenConfirmCmd struct{ storeFlags }

// Run confirms that nothing was lost that matters.
func (t *tokenConfirmCmd) Run(ctx context.Context, c console) error {
	if err := t.keepsSessions(); err != nil {
		return err
	}
	st, err := t.openExisting(ctx)
	if err != nil {
		return err
	}
	if err = revocation.Confirm(ctx, st.sessionStore, time.Now()); err == nil {
		_, err = fmt.Fprintln(c.out, "confirmed: tokens are accepted whatever their age")
	}
	return errors.Join(err, st.close())
}
