package authsdk

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// MaxTokenSize is how long a token may be, in bytes.
const MaxTokenSize = 8 << 10

// compact is a compact JWS, cut at its dots and not looked into.
type compact struct {
	header, payload, signature string // as received, in base64url
	signed                     string // what the signature is over: the text as received
}

// split takes a token apart: the compact serialization of RFC 7515 section
// 3.1, three segments of which none is empty.
func split(raw string) (compact, error) {
	if len(raw) > MaxTokenSize {
		return compact{}, fmt.Errorf("%w: %d bytes", ErrTokenMalformed, len(raw))
	}
	first := strings.IndexByte(raw, '.')
	last := first + 1 + strings.IndexByte(raw[first+1:], '.')
	if first < 1 || last < first+2 || last == len(raw)-1 {
		return compact{}, fmt.Errorf("%w: not three segments", ErrTokenMalformed)
	}
	return compact{header: raw[:first], payload: raw[first+1 : last], signature: raw[last+1:], signed: raw[:last]}, nil
}

// decoder decodes the segments of one token. It is used again for the next
// one, so nothing of what it returns may be kept.
type decoder struct {
	base64url *base64url
	mac       *mac // of the key of, or nil
	of        *Key
	used      int
	room      [MaxTokenSize]byte // segments are shorter decoded
}

// segment decodes a segment. All of what it returns is of this one: behind it
// stands what is left of another token.
func (d *decoder) segment(s string) ([]byte, error) {
	size := d.base64url.size(s)
	if size == 0 || size > len(d.room)-d.used {
		return nil, ErrTokenMalformed
	}
	out := d.room[d.used : d.used+size : d.used+size]
	if !d.base64url.decode(out, s) {
		return nil, ErrTokenMalformed
	}
	d.used += size
	return out, nil
}

// verify is Key.verify. The HMAC of the last key is kept for the next token, which
// saves a look into the pool of the key.
func (d *decoder) verify(k *Key, input string, sig []byte) error {
	secret, ok := k.public.([]byte)
	if !ok {
		return k.verify(input, sig)
	}
	if d.of != k {
		if d.mac != nil {
			d.of.macs.Put(d.mac)
		}
		d.mac, d.of = k.newMAC(secret), k
	}
	if !hmac.Equal(sig, d.mac.of(input)) { // of another length is not equal
		return fmt.Errorf("%w: signature", ErrTokenInvalid)
	}
	return nil
}

// joseHeader is a header that is accepted.
type joseHeader struct {
	key *Key
	typ string // lower case, without "application/"
	raw []byte // as it was decoded
}

var errHeader = errors.New("header member that is not accepted")

// unknownKeyError is a token whose key the set does not have.
type unknownKeyError struct{ kid string }

func (*unknownKeyError) Error() string { return ErrTokenInvalid.Error() + ": no key with its kid" }

// Unwrap makes it ErrTokenInvalid.
func (*unknownKeyError) Unwrap() error { return ErrTokenInvalid }

// parseHeader reads a JOSE header and finds its key. It is an allow-list: a
// header with any other member is refused, which closes crit (RFC 7515 section
// 4.1.11), b64 (RFC 7797), zip and enc, and the members by which a token would
// choose its own key (jwk, jku, x5c, x5u, x5t; RFC 8725 section 3.10).
func (ks *KeySet) parseHeader(data []byte) (*joseHeader, error) {
	text := string(data)
	var alg, kid, typ string
	err := strictjson.Members(text, func(name string, at int) (int, error) {
		value, end, _ := strictjson.String(text, at)
		if end == 0 {
			return 0, errHeader
		}
		switch name {
		case "alg":
			alg = value
		case "kid":
			kid = value
		case "typ":
			typ = value
		default:
			return 0, errHeader
		}
		return end, nil
	})
	if errors.Is(err, errHeader) {
		return nil, fmt.Errorf("%w: %w", ErrTokenInvalid, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrTokenMalformed, err)
	}
	key := ks.byID[kid]
	if key == nil {
		return nil, &unknownKeyError{kid}
	}
	// The key decides the algorithm; the header must name just that one
	// (RFC 8725 section 3.1).
	if Algorithm(alg) != key.alg {
		return nil, fmt.Errorf("%w: alg is not that of the key", ErrTokenInvalid)
	}
	// Media types are compared without regard to case, and the prefix may be
	// left out (RFC 7515 section 4.1.9).
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	return &joseHeader{key: key, typ: typ, raw: slices.Clip([]byte(text))}, nil
}
