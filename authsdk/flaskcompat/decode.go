package flaskcompat

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
)

// maxToken bounds what is decoded before anything is known of it.
const maxToken = 4 * authsdk.MaxTokenSize

// token is a token taken apart.
type token struct {
	signed    string
	signature []byte
	header    map[string]any
	rawHeader json.RawMessage
	claims    map[string]any
}

// because returns a copy of e with a reason, which Renderer sends.
func because(e *authsdk.Error, reason string) error {
	refusal := *e
	refusal.Reason = reason
	return &refusal
}

func malformed(reason string) error { return because(authsdk.ErrTokenMalformed, reason) }
func invalid(reason string) error   { return because(authsdk.ErrTokenInvalid, reason) }

// open is the decoding of a token: everything that Flask-JWT-Extended checks
// before it asks for the type, in its order and with its messages. A token that
// has ended and is good otherwise gives claims and an error.
func (m *Manager) open(ctx context.Context, raw string) (*authsdk.Claims, error) {
	t, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if err := m.checkSignature(ctx, t); err != nil {
		return nil, err
	}
	expired, err := m.checkClaims(t.claims)
	if err != nil {
		return nil, err
	}
	c := m.typed(t)
	if expired {
		refusal := *authsdk.ErrTokenExpired
		refusal.Claims = c
		return c, &refusal
	}
	return c, nil
}

// parse takes a token apart. Base64 is read strictly: one spelling of a token.
func parse(raw string) (*token, error) {
	if len(raw) > maxToken {
		return nil, malformed("Token is too long")
	}
	last := strings.LastIndexByte(raw, '.')
	if last < 0 {
		return nil, malformed("Not enough segments")
	}
	t := &token{signed: raw[:last]}
	header, payload, ok := strings.Cut(t.signed, ".")
	if !ok {
		return nil, malformed("Not enough segments")
	}
	headerJSON, err := decode(header)
	if err != nil {
		return nil, malformed("Invalid header padding")
	}
	if t.header, err = object(headerJSON, "header"); err != nil {
		return nil, err
	}
	if t.rawHeader = headerJSON; !json.Valid(headerJSON) {
		t.rawHeader, _ = json.Marshal(t.header) //nolint:errchkjson // it was read a moment ago
	}
	payloadJSON, err := decode(payload)
	if err != nil {
		return nil, malformed("Invalid payload padding")
	}
	if t.signature, err = decode(raw[last+1:]); err != nil {
		return nil, malformed("Invalid crypto padding")
	}
	if err := checkHeader(t.header); err != nil {
		return nil, err
	}
	if t.claims, err = object(payloadJSON, "payload"); err != nil {
		return nil, err
	}
	return t, nil
}

// decode decodes base64url, which encoding/base64 does not read strictly: it
// skips line breaks.
func decode(s string) ([]byte, error) {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

// object decodes a JSON object; what names it in the message.
func object(data []byte, what string) (map[string]any, error) {
	if !utf8.Valid(data) {
		return nil, malformed("Invalid " + what + " string: " + explainUTF8(data))
	}
	value, fault := jsonValue(data)
	if fault != "" {
		return nil, malformed("Invalid " + what + " string: " + fault)
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, malformed("Invalid " + what + " string: must be a json object")
	}
	return members, nil
}

// checkHeader refuses headers that ask for what is not done.
func checkHeader(header map[string]any) error {
	if kid, ok := header["kid"]; ok {
		if _, ok := kid.(string); !ok {
			return invalid("Key ID header parameter must be a string")
		}
	}
	if crit, ok := header["crit"]; ok {
		names, ok := crit.([]any)
		if !ok || len(names) == 0 {
			return invalid("Invalid 'crit' header: must be a non-empty list")
		}
		for _, name := range names {
			if !isString(name) {
				return invalid("Invalid 'crit' header: values must be strings")
			}
			if name != "b64" {
				return invalid("Unsupported critical extension: " + text(name))
			}
			if _, ok := header["b64"]; !ok {
				return invalid("Critical extension 'b64' is missing from headers")
			}
		}
	}
	if header["b64"] == false {
		return invalid("It is required that you pass in a value for the \"detached_payload\" argument " +
			"to decode a message having the b64 header set to false.")
	}
	return nil
}

// checkSignature finds the key and checks the signature. The algorithm is one
// of the configuration and that of the key, whatever the header wants.
func (m *Manager) checkSignature(ctx context.Context, t *token) error {
	key := m.keys.verify
	if m.cfg.DecodeKey != nil {
		var err error
		if key, err = m.cfg.DecodeKey(ctx, t.header, t.claims); err != nil {
			return authsdk.Unknown("decode key", err)
		}
	}
	name, ok := t.header["alg"]
	if !ok {
		return invalid("Algorithm not specified")
	}
	algorithm, ok := name.(string)
	if !ok || !slices.Contains(m.cfg.DecodeAlgorithms, algorithm) {
		return invalid("The specified alg value is not allowed")
	}
	if !verified(algorithm, t.signed, t.signature, key) {
		return invalid("Signature verification failed")
	}
	return nil
}

// checkCSRF compares the CSRF value of a token.
func checkCSRF(c *authsdk.Claims, value string) error {
	if c.CSRF == "" {
		var claims map[string]json.RawMessage
		_ = json.Unmarshal(c.Raw, &claims) // it was verified
		if _, ok := claims["csrf"]; !ok {
			return invalid("Missing claim: csrf")
		}
	}
	return c.CheckCSRF(value)
}
