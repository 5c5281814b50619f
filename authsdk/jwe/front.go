package jwe

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// MaxSize is how long an encrypted token may be, in bytes.
const MaxSize = 16 << 10

// The lengths of the parts under A256GCM, RFC 7518 section 5.3.
const (
	ivSize  = 12
	tagSize = 16
	// wrapped is a key of 32 bytes as A256KW wraps it, RFC 3394.
	wrapped = 40
)

var errShape = errors.New("not an encrypted token of a form that is accepted")

// header is the whole of a header that is accepted, RFC 7516 section 4.1.
type header struct {
	alg, enc, kid, cty, typ string
	epk                     bool
}

// split checks the form of a token and returns its header and the length of its
// encrypted key. It accepts the compact serialization alone.
func split(token string) (header, int, error) {
	if len(token) > MaxSize || strings.Count(token, ".") != 4 {
		return header{}, 0, errShape
	}
	var parts [5][]byte
	for i, segment := range strings.Split(token, ".") {
		data, err := decode(segment)
		if err != nil {
			return header{}, 0, errShape
		}
		parts[i] = data
	}
	if len(parts[2]) != ivSize || len(parts[3]) == 0 || len(parts[4]) != tagSize {
		return header{}, 0, errShape
	}
	h, err := parseHeader(parts[0])
	return h, len(parts[1]), err
}

// decode decodes strict base64url; encoding/base64 would skip line breaks.
func decode(segment string) ([]byte, error) {
	if strings.ContainsAny(segment, "\r\n") {
		return nil, errShape
	}
	return base64.RawURLEncoding.Strict().DecodeString(segment)
}

// parseHeader is an allow-list: zip, p2c, p2s, apu, apv, crit, jku, jwk, x5c and
// whatever else are refused by not being on it.
func parseHeader(data []byte) (header, error) {
	members, err := strictjson.Object(data)
	if err != nil {
		return header{}, errShape
	}
	var h header
	for name, raw := range members {
		var target *string
		switch name {
		case "alg":
			target = &h.alg
		case "enc":
			target = &h.enc
		case "kid":
			target = &h.kid
		case "cty":
			target = &h.cty
		case "typ":
			target = &h.typ
		case "epk":
			if err := checkEphemeral(raw); err != nil {
				return header{}, err
			}
			h.epk = true
			continue
		default:
			return header{}, errShape
		}
		if raw[0] != '"' || json.Unmarshal(raw, target) != nil {
			return header{}, errShape
		}
	}
	if h.enc != "A256GCM" || !strings.EqualFold(h.cty, "JWT") || h.kid == "" {
		return header{}, errShape
	}
	return h, nil
}

// checkEphemeral accepts a public EC key on P-256 with nothing beside, RFC 7518
// section 4.6.1.1. Whether its point is on the curve is asked where it is used.
func checkEphemeral(raw json.RawMessage) error {
	members, err := strictjson.Object(raw)
	if err != nil || len(members) != 4 {
		return errShape
	}
	var epk struct{ Kty, Crv, X, Y string }
	for name, target := range map[string]*string{"kty": &epk.Kty, "crv": &epk.Crv, "x": &epk.X, "y": &epk.Y} {
		if raw := members[name]; len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, target) != nil {
			return errShape
		}
	}
	x, errX := decode(epk.X)
	y, errY := decode(epk.Y)
	if epk.Kty != "EC" || epk.Crv != "P-256" || errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return errShape
	}
	return nil
}

// fits reports whether the header and the length of the encrypted key are those
// of k's algorithm.
func (h *header) fits(k *Key, encryptedKey int) bool {
	if h.alg != string(k.alg) {
		return false
	}
	switch k.alg {
	case Direct:
		return encryptedKey == 0 && !h.epk
	case ECDHES:
		return encryptedKey == 0 && h.epk
	case ECDHESA256KW:
		return encryptedKey == wrapped && h.epk
	case A256KW:
		return encryptedKey == wrapped && !h.epk
	case RSAOAEP256:
		return encryptedKey == k.modulusSize() && !h.epk
	}
	return false
}
