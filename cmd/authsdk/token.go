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

// tokenCmd makes tokens and looks into them.
type tokenCmd struct {
	Issue   tokenIssueCmd   `cmd:"" help:"Sign a token with the key file, for tests and for programs."`
	Verify  tokenVerifyCmd  `cmd:"" help:"Verify a token with the key file or a key set; exit with 1 if it is refused."`
	Revoke  tokenRevokeCmd  `cmd:"" help:"Refuse a token, or all of a subject, on every server over the store."`
	Confirm tokenConfirmCmd `cmd:"" help:"Trust a store again that has lost revocations, before the old tokens have expired."`
	Inspect tokenInspectCmd `cmd:"" help:"Show what a token says, and what the server would say of it."`
}

type tokenInspectCmd struct {
	keyFlags

	Token    string   `arg:"" default:"-" help:"The token; - reads it from standard input."`
	Audience []string `env:"AUTHSDK_AUDIENCE" help:"Audience to verify for; the token's issuer unless set."`
	JSON     bool     `help:"Print JSON."`
}

// inspected is what is told of a token.
type inspected struct {
	Header  json.RawMessage `json:"header"`
	Claims  json.RawMessage `json:"claims"`
	Verdict string          `json:"verdict"` // good, refused or unknown
	Reason  string          `json:"reason,omitempty"`
}

// Run shows a token. It exits with 1 if the token would be refused.
func (i *tokenInspectCmd) Run(ctx context.Context, c console) error {
	raw, err := readToken(i.Token, c)
	if err != nil {
		return err
	}
	segments := strings.Split(raw, ".")
	if len(segments) != 3 {
		return setting("that is not a token: it has %d parts, not three separated by dots", len(segments))
	}
	header, claims, err := decode(segments)
	if err != nil {
		return err
	}
	verdict, refusal := i.judge(ctx, raw, claims)
	if i.JSON {
		out := inspected{Header: header, Claims: claims, Verdict: verdict}
		if refusal != nil {
			out.Reason = oneLine(refusal)
		}
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(out); err != nil {
			return err
		}
	} else {
		paint := painter(c)
		_, _ = fmt.Fprintf(c.out, "%s  %s\n%s  %s\n", paint(bold, "header"), indented(header), paint(bold, "claims"), indented(claims))
		describe(c.out, claims, time.Now())
		switch verdict {
		case "good":
			_, _ = fmt.Fprintf(c.out, "%s     %s, unless its session has ended\n", paint(bold, "verdict"), paint(green, "good"))
		case "unknown":
			_, _ = fmt.Fprintf(c.out, "%s     unknown: %s\n", paint(bold, "verdict"), oneLine(refusal))
			return nil
		default:
			_, _ = fmt.Fprintf(c.out, "%s     %s\n", paint(bold, "verdict"), paint(red, "refused"))
		}
	}
	if verdict == "refused" {
		return fmt.Errorf("it would be refused: %w", refusal)
	}
	return nil
}

// readToken returns a token, from standard input if it is -.
func readToken(text string, c console) (string, error) {
	if text == "-" {
		data, err := io.ReadAll(io.LimitReader(c.in, 1<<20))
		if err != nil {
			return "", err
		}
		text = string(data)
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", setting("no token came: give one, or one on standard input")
	}
	return text, nil
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
func (i *tokenInspectCmd) judge(ctx context.Context, raw string, claims json.RawMessage) (verdict string, err error) {
	if _, err := os.Stat(i.Keys); i.KeyStore == "" && err != nil {
		return "unknown", fmt.Errorf("there are no keys at %s", i.Keys)
	}
	keys, err := i.load(ctx)
	if err != nil {
		return "unknown", err
	}
	var issuer struct {
		Name string `json:"iss"`
	}
	_ = json.Unmarshal(claims, &issuer) // without an issuer the verifier refuses
	v, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer.Name, Audience: slices.Clone(i.Audience), Keys: keys})
	if err != nil {
		return "refused", err
	}
	if _, err := v.Verify(ctx, raw, authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}}); err != nil {
		return "refused", err
	}
	return "good", nil
}
