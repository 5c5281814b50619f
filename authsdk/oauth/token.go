package oauth

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// TokenRequest is a request to the token endpoint. What a grant does not take is
// ignored.
type TokenRequest struct {
	Client             Credentials
	GrantType          string
	RefreshToken       string
	Username, Password string
	// Scope is what is asked for, separated by spaces; empty means everything
	// that can be had.
	Scope string
	// Label tells the person later which login this was.
	Label string
}

// String leaves what is secret out.
func (r TokenRequest) String() string {
	return "oauth.TokenRequest{" + r.GrantType + " by " + r.Client.ID + "}"
}

// GoString keeps %#v from printing what is secret.
func (r TokenRequest) GoString() string { return r.String() }

// LogValue keeps slog from printing what is secret.
func (r TokenRequest) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Tokens is what the token endpoint issues.
type Tokens struct {
	AccessToken string
	// RefreshToken is empty where the grant gives none, or the client may not
	// use it.
	RefreshToken string
	ExpiresIn    time.Duration
	Scopes       []string
}

// String leaves the tokens out.
func (t Tokens) String() string { return "oauth.Tokens{" + strings.Join(t.Scopes, " ") + "}" }

// GoString keeps %#v from printing the tokens.
func (t Tokens) GoString() string { return t.String() }

// LogValue keeps slog from printing the tokens.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Token authenticates the client and issues tokens to it. With an error nothing
// was spent and nothing issued.
func (s *Service) Token(ctx context.Context, r TokenRequest) (*Tokens, error) {
	if r.GrantType == "" {
		return nil, invalid("The parameter grant_type is missing.")
	}
	c, err := s.caller(ctx, r.Client)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.Grants(), r.GrantType) {
		return nil, ErrUnsupportedGrantType
	}
	if r.Client.ID == "" && !c.may(r.GrantType) { // no authentication is included: RFC 6749 section 5.2
		return nil, fmt.Errorf("%w: the grant %s needs a client", ErrInvalidClient, r.GrantType)
	}
	if !c.may(r.GrantType) {
		return nil, fmt.Errorf("%w: the client %q has not the grant %s", ErrUnauthorizedClient, c.ID, r.GrantType)
	}
	scopes, err := parseScope(r.Scope)
	if err != nil {
		return nil, err
	}
	switch r.GrantType {
	case GrantRefreshToken:
		return s.refresh(ctx, c, r, scopes)
	case GrantPassword:
		return s.password(ctx, c, r, scopes)
	}
	return s.credentials(ctx, c, scopes)
}

// credentials is RFC 6749 section 4.4: the client speaks for itself.
func (s *Service) credentials(ctx context.Context, c *caller, scopes []string) (*Tokens, error) {
	granted, err := c.grant(c.Scopes, scopes)
	if err != nil {
		return nil, err
	}
	issuer, err := s.cfg.Issuer.For(c.Audience...)
	if err != nil {
		return nil, err
	}
	token, err := issuer.Issue(ctx, authsdk.Claims{Subject: c.ID, ClientID: c.ID, Scopes: granted}, nil)
	if err != nil {
		return nil, authsdk.Unknown("issue", err)
	}
	return &Tokens{AccessToken: token, ExpiresIn: issuer.AccessTTL(), Scopes: granted}, nil
}

// refresh is RFC 6749 section 6. The rotation is that of the session.
func (s *Service) refresh(ctx context.Context, c *caller, r TokenRequest, scopes []string) (*Tokens, error) {
	if r.RefreshToken == "" {
		return nil, invalid("The parameter refresh_token is missing.")
	}
	// The rotation itself says whether the session has ended.
	claims, err := s.cfg.Verifier.Verify(ctx, r.RefreshToken, authsdk.Policy{
		Types: []authsdk.TokenType{authsdk.Refresh}, SkipRevocation: true,
	})
	if err != nil {
		return nil, badGrant(err)
	}
	if !c.issuedTo(claims, "") {
		return nil, fmt.Errorf("%w: issued to the client %q, presented by %q", ErrInvalidGrant, claims.ClientID, c.ID)
	}
	if claims.IssuedAt.Before(c.CreatedAt.Truncate(time.Second)) { // iat has whole seconds
		return nil, fmt.Errorf("%w: issued to a client %q that was removed", ErrInvalidGrant, c.ID)
	}
	if !c.own && !within(scopes, claims.Scopes) {
		return nil, fmt.Errorf("%w: more than was granted", ErrInvalidScope)
	}
	pair, err := s.cfg.Sessions.RefreshFor(ctx, claims, c.session(scopes))
	if err != nil {
		return nil, badGrant(err)
	}
	return c.tokens(pair), nil
}

// password is RFC 6749 section 4.3.
func (s *Service) password(ctx context.Context, c *caller, r TokenRequest, scopes []string) (*Tokens, error) {
	if r.Username == "" || r.Password == "" {
		return nil, invalid("The parameter username or password is missing.")
	}
	credentials := session.Credentials{Username: r.Username, Password: r.Password, Address: r.Client.Address}
	pair, err := s.cfg.Sessions.Login(ctx, credentials, session.LoginOptions{Label: r.Label, Grant: c.session(scopes)})
	if err != nil {
		return nil, badGrant(err)
	}
	return c.tokens(pair), nil
}

// session is what the sessions have to know of the caller.
func (c *caller) session(scopes []string) session.Grant {
	return session.Grant{
		ClientID: c.ID, Audience: c.Audience,
		Narrow: func(can []string) ([]string, error) { return c.grant(can, scopes) },
	}
}

// grant returns what is granted of the scopes that can be had: those that the
// client was registered for, and of these the ones that it asks for. Own pages
// and apps get no less than they ask for.
func (c *caller) grant(can, asked []string) ([]string, error) {
	var granted []string
	for _, scope := range can {
		if (c.own || slices.Contains(c.Scopes, scope)) && (len(asked) == 0 || slices.Contains(asked, scope)) {
			granted = append(granted, scope)
		}
	}
	if len(asked) > 0 && (len(granted) == 0 || c.own && !within(asked, granted)) {
		return nil, fmt.Errorf("%w: of the %d that were asked for can be granted %q", ErrInvalidScope, len(asked), granted)
	}
	return granted, nil
}

func (c *caller) tokens(p *authsdk.TokenPair) *Tokens {
	t := &Tokens{AccessToken: p.AccessToken, ExpiresIn: p.AccessExpires.Sub(p.IssuedAt), Scopes: p.Scopes}
	if c.may(GrantRefreshToken) {
		t.RefreshToken = p.RefreshToken
	}
	return t
}

// within reports whether all of the scopes are in the others.
func within(scopes, others []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(others, s) })
}

// parseScope reads a scope of RFC 6749 section 3.3.
func parseScope(scope string) ([]string, error) {
	if scope == "" {
		return nil, nil
	}
	scopes := strings.Split(scope, " ")
	for _, one := range scopes {
		if !scopePattern.MatchString(one) {
			return nil, fmt.Errorf("%w: not a list of scopes", ErrInvalidScope)
		}
	}
	return scopes, nil
}
