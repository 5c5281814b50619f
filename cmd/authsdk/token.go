package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// tokenCmd looks into tokens.
type tokenCmd struct {
	Inspect tokenInspectCmd `cmd:"" help:"Show what a token says, and what the server would say of it."`
}

type tokenInspectCmd struct {
	keyFlags

	Token    string   `arg:"" default:"-" help:"The token; - reads it from standard input."`
	Audience []string `env:"AUTHSDK_AUDIENCE" help:"Audience to verify for; the token's issuer unless set."`
}

// Run shows a token. It exits with 1 if the token would be refused.
func (i *tokenInspectCmd) Run(ctx context.Context, c console) error {
	raw := i.Token
	if raw == "-" {
		data, err := io.ReadAll(io.LimitReader(c.in, 1<<20))
		if err != nil {
			return err
		}
		raw = string(data)
	}
	raw = strings.TrimSpace(raw)
	segments := strings.Split(raw, ".")
	if len(segments) != 3 {
		return setting("that is not a token: it has %d parts, not three separated by dots", len(segments))
	}
	header, claims, err := decode(segments)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.out, "header  %s\nclaims  %s\n", indented(header), indented(claims))
	describe(c.out, claims, time.Now())
	return i.judge(ctx, c, raw, claims)
}

// decode returns header and claims as they are written, unverified.
func decode(segments []string) (header, claims json.RawMessage, err error) {
	var out [2]json.RawMessage
	for n, s := range segments[:2] {
		data, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil || !json.Valid(data) {
			return nil, nil, setting("that is not a token: part %d is not JSON in base64url", n+1)
		}
		out[n] = data
	}
	return out[0], out[1], nil
}

// indented formats JSON. What a token holds is escaped, so that it cannot
// speak to the terminal.
func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "        ", "  "); err != nil {
		return "?"
	}
	var out strings.Builder
	for _, r := range b.String() {
		if r != '\n' && (r < 0x20 || r >= 0x7f) {
			_, _ = fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// describe tells the token's times in words.
func describe(w io.Writer, claims json.RawMessage, now time.Time) {
	var times struct {
		Issued  int64 `json:"iat"`
		From    int64 `json:"nbf"`
		Expires int64 `json:"exp"`
	}
	if json.Unmarshal(claims, &times) != nil {
		return
	}
	for _, t := range []struct {
		name string
		at   int64
	}{{"issued", times.Issued}, {"valid from", times.From}, {"expires", times.Expires}} {
		if t.at == 0 {
			continue
		}
		at := time.Unix(t.at, 0)
		words := "in " + at.Sub(now).Round(time.Second).String()
		if !at.After(now) {
			words = now.Sub(at).Round(time.Second).String() + " ago"
		}
		_, _ = fmt.Fprintf(w, "%-10s  %s, %s\n", t.name, at.UTC().Format(time.RFC3339), words)
	}
}

// judge verifies the token with the keys of the file, for its own issuer.
func (i *tokenInspectCmd) judge(ctx context.Context, c console, raw string, claims json.RawMessage) error {
	if _, err := os.Stat(i.Keys); err != nil {
		_, err := fmt.Fprintf(c.out, "verdict     unknown: there are no keys at %s\n", i.Keys)
		return err
	}
	keys, err := i.load(ctx)
	if err != nil {
		return err
	}
	var issuer struct {
		Name string `json:"iss"`
	}
	_ = json.Unmarshal(claims, &issuer) // without an issuer the verifier refuses
	v, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer.Name, Audience: slices.Clone(i.Audience), Keys: keys})
	if err != nil {
		return err
	}
	if _, err := v.Verify(ctx, raw, authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}}); err != nil {
		return fmt.Errorf("it would be refused: %w", err)
	}
	_, err = fmt.Fprintln(c.out, "verdict     good, unless its session has ended")
	return err
}
