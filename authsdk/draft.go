package authsdk

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"
)

// draft is where a token is written. It is used again for the next one.
type draft struct {
	payload, token []byte
}

// write writes the token of c in the compact serialization, RFC 7515 section 3.1.
func (d *draft) write(ctx context.Context, i *Issuer, key *Key, c *Claims, custom any) error {
	d.payload = appendClaims(d.payload[:0], c)
	if custom != nil || i.cfg.Claims != nil {
		further, err := i.further(ctx, c, custom)
		if err != nil {
			return err
		}
		if len(further) > 0 {
			d.payload = append(append(d.payload, ','), further...)
		}
	}
	d.payload = append(d.payload, '}')

	d.token = append(append(d.token[:0], key.header(c.Type)...), '.')
	d.token = i.base64url.appendTo(d.token, d.payload)
	signature, err := key.sign(d.payload[:0], d.token) // the payload has been written
	if err != nil {
		return err
	}
	d.token = i.base64url.appendTo(append(d.token, '.'), signature)
	return nil
}

// header returns the header segment of a token of type t.
func (k *Key) header(t TokenType) string {
	switch t { //nolint:exhaustive // those of the application are written each time
	case Access:
		return k.access
	case Refresh:
		return k.refresh
	}
	return k.encodeHeader(t)
}

// encodeHeader writes a header. Nothing in it needs an escape: see newKey and
// isTokenType.
func (k *Key) encodeHeader(t TokenType) string {
	text := `{"alg":"` + string(k.alg) + `","kid":"` + k.id + `","typ":"` + t.header() + `"}`
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// appendClaims appends the JSON object of c to out, without its end. The order
// of the claims is always the same.
func appendClaims(out []byte, c *Claims) []byte {
	out = appendName(append(out, `{"type":`...), string(c.Type))
	out = appendText(append(out, `,"iss":`...), c.Issuer)
	out = appendTexts(append(out, `,"aud":`...), c.Audience)
	out = appendText(append(out, `,"sub":`...), c.Subject)
	out = appendName(append(out, `,"jti":`...), c.ID)
	out = appendTime(out, `,"iat":`, c.IssuedAt)
	out = appendTime(out, `,"nbf":`, c.NotBefore)
	out = appendTime(out, `,"exp":`, c.Expires)
	out = appendTime(out, `,"auth_time":`, c.AuthTime)
	switch {
	case c.Type == Refresh: // none is fresh
	case c.FreshUntil.IsZero():
		out = strconv.AppendBool(append(out, `,"fresh":`...), c.Fresh)
	default:
		out = appendTime(out, `,"fresh":`, c.FreshUntil)
	}
	if len(c.Scopes) > 0 {
		out = append(out, `,"scope":"`...)
		for i, s := range c.Scopes {
			if i > 0 {
				out = append(out, ' ')
			}
			quoted := len(out)
			out = appendText(out, s)
			out = append(out[:quoted], out[quoted+1:len(out)-1]...)
		}
		out = append(out, '"')
	}
	if len(c.Roles) > 0 {
		out = appendTexts(append(out, `,"roles":`...), c.Roles)
	}
	if c.SessionID != "" {
		out = appendName(append(out, `,"sid":`...), c.SessionID)
	}
	if c.ClientID != "" {
		out = appendText(append(out, `,"client_id":`...), c.ClientID)
	}
	if c.Type == Refresh && c.SessionID != "" {
		out = strconv.AppendInt(append(out, `,"gen":`...), c.Generation, 10)
	}
	if c.CSRF != "" {
		out = appendName(append(out, `,"csrf":`...), c.CSRF)
	}
	return out
}

// appendTime appends a NumericDate (RFC 7519 section 2) behind label, if there
// is one.
func appendTime(out []byte, label string, t time.Time) []byte {
	if t.IsZero() {
		return out
	}
	return strconv.AppendInt(append(out, label...), t.Unix(), 10)
}

func appendTexts(out []byte, texts []string) []byte {
	out = append(out, '[')
	for i, s := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, s)
	}
	return append(out, ']')
}

// appendName appends a name, which needs no escape: see isID and isTokenType.
func appendName(out []byte, s string) []byte {
	return append(append(append(out, '"'), s...), '"')
}

// appendText appends s as encoding/json writes it.
func appendText(out []byte, s string) []byte {
	const ( // printable ASCII that has no escape, not even in HTML
		low  = (1<<64 - 1<<' ') &^ (1<<'"' | 1<<'&' | 1<<'<' | 1<<'>')
		high = (1<<63 - 1) &^ (1 << ('\\' - 64))
	)
	if consists(s, low, high) {
		return appendName(out, s)
	}
	quoted, _ := json.Marshal(s) //nolint:errchkjson // a string can always be written
	return append(out, quoted...)
}
