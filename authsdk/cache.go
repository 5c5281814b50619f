package authsdk

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	defaultCacheSize = 4096
	maxCacheSize     = 1 << 20
	ways             = 8  // places that a token may have: their tags fill a cache line
	tail             = 32 // how much of a token is hashed, in bytes
)

// cache remembers what good tokens said, of the algorithms whose signatures are
// expensive. It is a memory of "this very text has a good signature of this set
// of keys" and of nothing else: clock, claims, revocation, type and policy are
// judged anew each time.
//
// Only success enters, and only at the second sight: nobody fills it with forged
// tokens, nor pushes out those in use with tokens that are used once. It is
// bounded, takes no lock, and belongs to one verifier.
type cache struct {
	size int // in tokens; none if it is not positive
	once sync.Once
	seed maphash.Seed // of this cache, so that nobody can aim at a place
	sets []cacheSet
	seen []atomic.Uint64 // the hashes of tokens that came once
}

// cacheSet are the places of the tokens whose hashes fall on it.
type cacheSet struct {
	tags   [ways]atomic.Uint64 // their hashes
	tokens [ways]atomic.Pointer[known]
}

// known is a token that the cache knows. It is never changed then but for used.
type known struct {
	text  string      // of the token
	keys  *KeySet     // which the signature was checked with: another set knows nothing of it
	used  atomic.Bool // since a place was last looked for
	token opened
}

func (c *cache) make() {
	sets := 1
	for sets*ways < c.size {
		sets *= 2
	}
	c.seed, c.sets, c.seen = maphash.MakeSeed(), make([]cacheSet, sets), make([]atomic.Uint64, 2*ways*sets)
}

// get returns what raw said when it was checked with keys, or nil, and the hash
// for add. Two tokens with one hash are told apart by their whole texts.
func (c *cache) get(keys *KeySet, raw string) (*opened, uint64) {
	if c.size <= 0 {
		return nil, 0
	}
	c.once.Do(c.make)
	// The end of a token is that of its signature, so only who can sign could make
	// many with one hash.
	hash := maphash.String(c.seed, raw[max(0, len(raw)-tail):])
	set := c.set(hash)
	for i := range set.tags {
		if set.tags[i].Load() != hash {
			continue
		}
		o := set.tokens[i].Load()
		if o == nil || o.keys != keys || o.text != raw {
			continue
		}
		if !o.used.Load() { // else processors would take the line from each other
			o.used.Store(true)
		}
		return &o.token, hash
	}
	return nil, hash
}

// add remembers what raw said, whose signature was checked with keys, which
// must have been asked for before and not after. Nobody else has o yet, which
// newKnown made room for.
func (c *cache) add(hash uint64, keys *KeySet, raw string, o *opened) {
	if c.size <= 0 || o.Type == Refresh { // they are used once
		return
	}
	if first := &c.seen[hash>>32%uint64(len(c.seen))]; first.Swap(hash) != hash {
		return
	}
	set := c.set(hash)
	i := set.place(keys, int(hash>>60)%ways)
	o.known.text, o.known.keys = strings.Clone(raw), keys // else all of the request would be kept
	set.tokens[i].Store(o.known)
	set.tags[i].Store(hash)
}

func (c *cache) set(hash uint64) *cacheSet { return &c.sets[hash%uint64(len(c.sets))] }

// place returns the place to use next, from start on: a free one or one of
// another set of keys, else one that was not used since this was last asked.
func (s *cacheSet) place(keys *KeySet, start int) int {
	for i := range s.tokens {
		if t := s.tokens[i].Load(); t == nil || t.keys != keys {
			return i
		}
	}
	for n := range ways {
		i := (start + n) % ways
		if t := s.tokens[i].Load(); t == nil || !t.used.Swap(false) {
			return i
		}
	}
	return start
}
