package authsdk

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// The tokens of one issuer begin with the same claims. What those say is read once:
// a payload that begins with the same bytes is read from there on.

const (
	// maxOpenings is how many openings a set remembers. An issuer has one for each
	// type and audience.
	maxOpenings = 8
	// maxOpeningTries bounds the search for openings among tokens that have none.
	maxOpeningTries = 64
)

// opening is how payloads begin, and what that says.
type opening struct {
	strictjson.Opening

	typ      TokenType
	issuer   string
	audience []string
}

// openings remembers how the payloads of good tokens begin. Like headers, it belongs
// to one KeySet, and only what stood under a good signature enters.
type openings struct {
	known atomic.Pointer[[]*opening] // what it points to is never changed
	mu    sync.Mutex                 // guards the change of known, and tries
	tries atomic.Int32
}

// find returns the opening of a payload, or nil.
func (s *openings) find(text string) *opening {
	known := s.known.Load()
	if known == nil {
		return nil
	}
	for _, o := range *known {
		if o.Begins(text) {
			return o
		}
	}
	return nil
}

// add remembers how text begins, which was read as c.
func (s *openings) add(text string, c *Claims) {
	if s.tries.Load() >= maxOpeningTries {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries.Add(1)
	o := &opening{Opening: strictjson.OpeningOf(text, isOpening)}
	if o.Has("type") {
		o.typ = TokenType(strings.Clone(string(c.Type)))
	}
	if o.Has("iss") {
		o.issuer = strings.Clone(c.Issuer)
	}
	if o.Has("aud") {
		o.audience = make([]string, 0, len(c.Audience))
		for _, a := range c.Audience {
			o.audience = append(o.audience, strings.Clone(a))
		}
	}
	known := s.known.Load()
	switch {
	case !o.Begins(text) || known != nil && len(*known) == maxOpenings || s.find(text) != nil:
	case known == nil:
		s.known.Store(&[]*opening{o})
	default:
		next := append(slices.Clone(*known), o)
		s.known.Store(&next)
	}
}

// isOpening reports whether a claim says the same in many tokens.
func isOpening(name string) bool { return name == "type" || name == "iss" || name == "aud" }

// begin takes what the opening says. Callers may not write to claims; if one does
// nevertheless, it does not change the claims of others.
func (r *claimReader) begin(o *opening) {
	r.name, r.o.Type, r.o.Issuer = o.Last(), o.typ, o.issuer
	if o.audience != nil {
		r.o.Audience = r.keep(append(r.room(), o.audience...))
	}
}
