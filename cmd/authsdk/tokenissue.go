package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/remotekeys"
)

type tokenIssueCmd struct {
	keyFlags

	Subject  string            `arg:"" help:"Who the token speaks for (sub)."`
	Issuer   string            `required:"" env:"AUTHSDK_ISSUER" help:"Name of the issuer, usually the URL of the server."`
	Audience []string          `env:"AUTHSDK_AUDIENCE" help:"Audience of the token; the issuer unless set. May be repeated."`
	Type     string            `default:"access" help:"Type of the token: access, refresh or one of your own."`
	TTL      time.Duration     `default:"15m" help:"Lifetime." name:"ttl"`
	Scope    []string          `help:"Scope. May be repeated."`
	Role     []string          `help:"Role. May be repeated."`
	Fresh    bool              `help:"As if a login had given it."`
	Claim    map[string]string `help:"Further claim, name=JSON or name=text. May be repeated." placeholder:"NAME=VALUE"`
}

// Run signs a token.
func (i *tokenIssueCmd) Run(ctx context.Context, c console) error {
	if err := lifetime("--ttl", i.TTL); err != nil {
		return err
	}
	keys, err := i.load(ctx)
	if err != nil {
		return err
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: i.Issuer, Audience: i.Audience, Keys: keys})
	if err != nil {
		return settingError{err}
	}
	custom := map[string]any{}
	for name, value := range i.Claim {
		custom[name] = value
		if json.Valid([]byte(value)) {
			custom[name] = json.RawMessage(value)
		}
	}
	now := time.Now()
	claims := authsdk.Claims{
		Type: authsdk.TokenType(i.Type), Subject: i.Subject, IssuedAt: now, Expires: now.Add(i.TTL),
		Scopes: i.Scope, Roles: i.Role, Fresh: i.Fresh,
	}
	if i.Fresh {
		claims.AuthTime = now
	}
	token, err := issuer.Issue(ctx, claims, custom)
	if err != nil {
		return settingError{err}
	}
	_, err = fmt.Fprintln(c.out, token)
	return err
}

type tokenVerifyCmd struct {
	keyFlags

	Token    string   `arg:"" default:"-" help:"The token; - reads it from standard input."`
	Issuer   string   `required:"" env:"AUTHSDK_ISSUER" help:"Name of the issuer that the token must have."`
	Audience []string `env:"AUTHSDK_AUDIENCE" help:"Audience that the token must have one of; the issuer unless set."`
	Type     []string `default:"access" help:"Accepted type; * accepts every one. May be repeated."`
	Scope    []string `help:"Scope that the token must have. May be repeated."`
	JWKS     string   `help:"URL of the key set to verify with, instead of the key file." name:"jwks"`
	Discover bool     `help:"Find the key set by the issuer's metadata."`
	JSON     bool     `help:"Print the claims as JSON."`

	InsecureHTTP bool `help:"Fetch keys over plain HTTP and from private addresses, for development." name:"insecure-http"`
}

// Run verifies a token.
func (v *tokenVerifyCmd) Run(ctx context.Context, c console) error {
	raw, err := readToken(v.Token, c)
	if err != nil {
		return err
	}
	keys, err := v.source(ctx)
	if err != nil {
		return err
	}
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: v.Issuer, Audience: v.Audience, Keys: keys})
	if err != nil {
		return settingError{err}
	}
	p := authsdk.Policy{Scopes: v.Scope}
	for _, t := range v.Type {
		p.Types = append(p.Types, authsdk.TokenType(t))
	}
	if err := p.Validate(); err != nil {
		return settingError{err}
	}
	claims, err := verifier.Verify(ctx, raw, p)
	if e := authsdk.ErrorOf(err); e != nil && e.Status >= http.StatusInternalServerError {
		return fmt.Errorf("nothing is known about it: %w", err)
	}
	if err != nil {
		return fmt.Errorf("it is refused: %w", err)
	}
	if v.JSON {
		_, err = fmt.Fprintln(c.out, string(claims.Raw))
		return err
	}
	_, err = fmt.Fprintf(c.out, "good: %s token of %q, scope %q, ends %s\n",
		claims.Type, claims.Subject, strings.Join(claims.Scopes, " "), claims.Expires.Format(time.RFC3339))
	return err
}

// source returns the keys to verify with.
func (v *tokenVerifyCmd) source(ctx context.Context) (authsdk.KeySource, error) { //nolint:ireturn // one of two
	if v.JWKS == "" && !v.Discover {
		return v.load(ctx)
	}
	// The constructor names its fields; people know the flags.
	remoteWords := strings.NewReplacer("Config: URL:", "--jwks:", "Config: Issuer:", "--issuer:",
		"Config: set either URL or Issuer", "give either --jwks or --discover",
		"set InsecureHTTP", "give --insecure-http", "set InsecurePrivateAddresses", "give --insecure-http")
	cfg := remotekeys.Config{URL: v.JWKS, InsecureHTTP: v.InsecureHTTP, InsecurePrivateAddresses: v.InsecureHTTP}
	if v.Discover {
		cfg.Issuer = v.Issuer
	}
	keys, err := remotekeys.New(ctx, cfg)
	if err != nil {
		return nil, setting("%s", remoteWords.Replace(err.Error()))
	}
	return keys, nil
}
