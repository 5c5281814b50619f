package strictjson

import (
	"slices"
	"strings"
)

// Opening is how many texts begin: with an object's first members, which were read
// before and need not be read again where a text begins with the same bytes. The
// zero Opening is that of no text.
type Opening struct {
	text string // up to the name of the next member
	seen names
}

// OpeningOf returns the opening of a text that Members has accepted: the members
// at its begin whose names may belong to one, if another follows. It keeps nothing
// of text.
func OpeningOf(text string, may func(name string) bool) Opening {
	text = strings.Clone(text)
	var o Opening
	_, _ = members(text, space(text, 0), &names{}, func(name string, at int) (int, error) {
		end, err := Skip(text, at)
		next := space(text, end)
		if err != nil || byteAt(text, next) != ',' || !may(name) || o.seen.n+1 == len(o.seen.few) {
			return 0, ErrSyntax // enough
		}
		o.seen.add(name, ascii(name))
		o.text = text[:space(text, next+1)]
		return end, nil
	})
	return o
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7F {
			return false
		}
	}
	return true
}

// Begins reports whether text begins with o.
func (o *Opening) Begins(text string) bool { return o.text != "" && strings.HasPrefix(text, o.text) }

// Has reports whether a member of o has a name.
func (o *Opening) Has(name string) bool { return slices.Contains(o.seen.few[:o.seen.n], name) }

// Last returns the name of the last member of o, or "".
func (o *Opening) Last() string {
	if o.seen.n == 0 {
		return ""
	}
	return o.seen.few[o.seen.n-1]
}

// MembersBehind is [Members] for a text that begins with o: f is called for the
// members behind it. It returns what Members would.
func (o *Opening) MembersBehind(text string, f func(name string, at int) (end int, err error)) error {
	seen := o.seen
	end, err := following(text, space(text, len(o.text)), &seen, f)
	return last(text, end, err)
}
