package authsdk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

var (
	errNotString  = errors.New("not a string")
	errNotTime    = errors.New("not a time in whole seconds")
	errNotStrings = errors.New("not a list of strings")
	errGeneration = errors.New("not a generation")
	errNotFresh   = errors.New("neither true nor false nor a time")
	errLookAlike  = errors.New("look-alike or unusable")
)

const (
	maxNumericDate = 99_999_999_999 // the year 5138; milliseconds are beyond it
	maxGeneration  = 1 << 53
	maxAudience    = 32
	maxRoles       = 256
)

// isRegistered reports whether name is, or looks like, a claim that this
// package gives a meaning to. Custom claims may not use these names.
func isRegistered(name string) bool {
	for _, registered := range [...]string{
		"type", "jti", "sub", "iss", "aud", "iat", "nbf", "exp", "auth_time", "fresh",
		"scope", "roles", "sid", "gen", "csrf", "client_id", "cnf",
	} {
		if strings.EqualFold(name, registered) {
			return true
		}
	}
	return false
}

// claimReader reads the claims of o from the text of its payload. All strings
// of the claims are parts of that text, which is Raw.
type claimReader struct {
	*base64url

	o    *opened
	text string
	name string // of the claim that was read last
	used int    // of the lists
}

// parse reads the payload of a token whose signature is good. Every registered
// claim has its one type and its bounds; a look-alike of one is refused; what
// is absent stays zero. It is one pass over the text: what is read is what was
// checked.
func (o *opened) parse(payload []byte, known *openings, b *base64url) error {
	o.Raw = slices.Clip(append(o.room, payload...)) // shared: who appends gets memory of their own
	r := claimReader{base64url: b, o: o, text: textOf(o.Raw)}
	var err error
	if begun := known.find(r.text); begun != nil {
		r.begin(begun)
		err = begun.MembersBehind(r.text, r.claim)
	} else if err = strictjson.Members(r.text, r.claim); err == nil {
		known.add(r.text, &o.Claims)
	}
	if err != nil {
		return fmt.Errorf("%w: claims, in or behind %.32q: %w", ErrTokenInvalid, r.name, err)
	}
	return nil
}

// claim reads the claim whose value begins at an index of the text, and
// returns the index behind it. cnf has no case of its own: a token that is bound
// to a key must not pass as a bearer token (RFC 7800, RFC 9449 section 7.1).
func (r *claimReader) claim(name string, at int) (end int, err error) {
	o := r.o
	r.name = name
	switch name {
	case "type":
		return r.readType(at)
	case "jti":
		return r.readID(&o.ID, at)
	case "sid":
		return r.readID(&o.SessionID, at)
	case "csrf":
		return r.readID(&o.CSRF, at)
	case "sub":
		return r.readText(&o.Subject, at)
	case "iss":
		return r.readText(&o.Issuer, at)
	case "client_id":
		return r.readText(&o.ClientID, at)
	case "aud":
		return r.readAudience(at)
	case "roles":
		o.Roles, end, err = r.readTexts(at, maxRoles)
		return end, err
	case "scope":
		return r.readScope(at)
	case "iat":
		return r.readTime(&o.IssuedAt, at)
	case "nbf":
		return r.readTime(&o.NotBefore, at)
	case "exp":
		return r.readTime(&o.Expires, at)
	case "auth_time":
		return r.readTime(&o.AuthTime, at)
	case "fresh":
		return r.readFresh(at)
	case "gen":
		o.Generation, end, err = r.readInteger(at, 0, maxGeneration, errGeneration)
		return end, err
	}
	if isRegistered(name) {
		return 0, errLookAlike
	}
	return strictjson.Skip(r.text, at)
}

// readType reads the type of a token.
func (r *claimReader) readType(at int) (end int, err error) {
	s, end, _ := strictjson.String(r.text, at)
	if end == 0 {
		return 0, errNotString
	}
	if !isTokenType(s) {
		return 0, errTokenType
	}
	r.o.Type = TokenType(s)
	return end, nil
}

// readID reads what isID accepts.
func (r *claimReader) readID(into *string, at int) (end int, err error) {
	s, end, _ := strictjson.String(r.text, at)
	if end == 0 {
		return 0, errNotString
	}
	if len(s) < minID || len(s) > maxID || !r.consists(s) {
		return 0, errID
	}
	*into = s
	return end, nil
}

// readText reads a text of a person's or a program's choice.
func (r *claimReader) readText(into *string, at int) (end int, err error) {
	s, end, plain := strictjson.String(r.text, at)
	if end == 0 {
		return 0, errNotString
	}
	// Of plain text there is less to check.
	if !plain || s == "" || s[0] == ' ' || len(s) > maxText {
		if err := checkText(s); err != nil {
			return 0, err
		}
	}
	*into = s
	return end, nil
}

// room is an empty list that grows in o as long as there is room, and keep
// closes a list that began so.
func (r *claimReader) room() []string { return r.o.lists[r.used:r.used] }

func (r *claimReader) keep(list []string) []string {
	if len(list) <= len(r.o.lists)-r.used { // else it has moved
		r.used += len(list)
	}
	return slices.Clip(list)
}

// readAudience reads one text, or a list of them: RFC 7519 section 4.1.3.
func (r *claimReader) readAudience(at int) (end int, err error) {
	if !strings.HasPrefix(r.text[at:], `"`) {
		r.o.Audience, end, err = r.readTexts(at, maxAudience)
		return end, err
	}
	var one string
	end, err = r.readText(&one, at)
	r.o.Audience = r.keep(append(r.room(), one))
	return end, err
}

// readTexts reads a list of texts.
func (r *claimReader) readTexts(at, most int) (list []string, end int, err error) {
	list = r.room()
	end, err = strictjson.Elements(r.text, at, func(at int) (int, error) {
		if len(list) == most {
			return 0, errNotStrings
		}
		var one string
		end, err := r.readText(&one, at)
		list = append(list, one)
		return end, err
	})
	if errors.Is(err, strictjson.ErrSyntax) {
		err = errNotStrings
	}
	return r.keep(list), end, err
}

// readScope reads a scope string: RFC 6749 section 3.3.
func (r *claimReader) readScope(at int) (end int, err error) {
	scope, end, plain := strictjson.String(r.text, at)
	if end == 0 {
		return 0, errNotString
	}
	if scope == "" {
		return end, nil
	}
	list := r.room()
	for more := true; more; {
		var one string
		one, scope, more = strings.Cut(scope, " ")
		if one == "" || len(one) > maxScope || !plain && !isScope(one) {
			return 0, errScope
		}
		list = append(list, one)
	}
	r.o.Scopes = r.keep(list)
	return end, nil
}

// readFresh reads a boolean, or the moment until which the token is fresh.
func (r *claimReader) readFresh(at int) (end int, err error) {
	rest := r.text[at:]
	switch {
	case strings.HasPrefix(rest, "true"):
		r.o.Fresh = true
		return at + len("true"), nil
	case strings.HasPrefix(rest, "false"):
		return at + len("false"), nil
	}
	if end, err = r.readTime(&r.o.FreshUntil, at); err != nil {
		err = errNotFresh
	}
	return end, err
}

// readTime reads a NumericDate (RFC 7519 section 2) of whole seconds.
func (r *claimReader) readTime(into *time.Time, at int) (end int, err error) {
	n, end, err := r.readInteger(at, 1, maxNumericDate, errNotTime)
	if err == nil {
		*into = time.Unix(n, 0).UTC()
	}
	return end, err
}

// readInteger reads a number that is digits alone, so that no exponent,
// fraction, sign or overflow can make another one of it.
func (r *claimReader) readInteger(at int, least, most int64, no error) (n int64, end int, err error) {
	const digits = len("9007199254740992")
	start := at
	for ; at < len(r.text); at++ {
		digit := r.text[at] - '0' // what is below '0' becomes large
		if digit > 9 {
			break
		}
		if at-start == digits {
			return 0, 0, no
		}
		n = n*10 + int64(digit)
	}
	if at == start || r.text[start] == '0' && at > start+1 || n < least || n > most {
		return 0, 0, no
	}
	return n, at, nil
}
