package authsdk

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// MaxTokenSize is how long a token may be, in bytes.
const MaxTokenSize = 8 << 10

// parts are the three segments of a compact JWS, checked for their form only.
type parts struct {
	header, payload []byte // decoded
	signature       []byte // decoded
	signed          string // what the signature is over: the text as received
}

// split takes a token apart. It accepts one spelling of each token: the
// compact serialization of RFC 7515 section 3.1, three segments of base64url
// without padding (section 2), the unused bits of the last character zero
// (RFC 4648 section 3.5). White space, line breaks and every other character
// are refused by the alphabet, before anything is decoded: encoding/base64
// would skip CR and LF.
func split(raw string) (*parts, error) {
	if len(raw) > MaxTokenSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrTokenMalformed, len(raw))
	}
	if strings.Count(raw, ".") != 2 {
		return nil, fmt.Errorf("%w: not three segments", ErrTokenMalformed)
	}
	segments := strings.SplitN(raw, ".", 3)
	var decoded [3][]byte
	for i, s := range segments {
		d, err := decodeSegment(s)
		if err != nil {
			return nil, fmt.Errorf("%w: segment %d", err, i+1)
		}
		decoded[i] = d
	}
	return &parts{
		header:    decoded[0],
		payload:   decoded[1],
		signature: decoded[2],
		signed:    raw[:len(segments[0])+1+len(segments[1])],
	}, nil
}

// decodeSegment decodes a non-empty segment of base64url.
func decodeSegment(s string) ([]byte, error) {
	if s == "" {
		return nil, ErrTokenMalformed
	}
	for i := range len(s) {
		if !isBase64URL(s[i]) {
			return nil, ErrTokenMalformed
		}
	}
	enc := base64.RawURLEncoding.Strict()
	out, err := enc.DecodeString(s)
	if err != nil || len(out) != enc.DecodedLen(len(s)) {
		return nil, ErrTokenMalformed
	}
	return out, nil
}

func isBase64URL(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// joseHeader is the whole of a header that is accepted.
type joseHeader struct {
	alg Algorithm
	kid string
	typ string // lower case, without "application/"
}

// parseHeader reads a JOSE header. It is an allow-list: a header with any
// other member is refused, which closes crit (RFC 7515 section 4.1.11), b64
// (RFC 7797), zip and enc, and the members by which a token would choose its
// own key (jwk, jku, x5c, x5u, x5t; RFC 8725 section 3.10).
func parseHeader(data []byte) (joseHeader, error) {
	members, err := strictjson.Object(data)
	if err != nil {
		return joseHeader{}, fmt.Errorf("%w: header: %w", ErrTokenMalformed, err)
	}
	var h joseHeader
	var alg string
	for name, raw := range members {
		var target *string
		switch name {
		case "alg":
			target = &alg
		case "kid":
			target = &h.kid
		case "typ":
			target = &h.typ
		default:
			return joseHeader{}, fmt.Errorf("%w: header member that is not accepted", ErrTokenInvalid)
		}
		if err := stringMember(raw, target); err != nil {
			return joseHeader{}, fmt.Errorf("%w: header member %s", ErrTokenInvalid, name)
		}
	}
	h.alg = Algorithm(alg)
	// Media types are compared without regard to case, and the prefix may be
	// left out (RFC 7515 section 4.1.9).
	h.typ = strings.TrimPrefix(strings.ToLower(h.typ), "application/")
	return h, nil
}

// stringMember decodes a JSON string, which null is not.
func stringMember(raw json.RawMessage, into *string) error {
	if len(raw) == 0 || raw[0] != '"' {
		return errNotString
	}
	return json.Unmarshal(raw, into)
}
