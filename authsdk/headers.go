package authsdk

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// maxHeaders is how many headers a set remembers. An issuer makes one for each
// key and type.
const maxHeaders = 64

// headers remembers what the headers of good tokens said, by the text of their
// segment: the same text means the same, as long as the keys do. It belongs to
// one KeySet, which never changes, so that no key outlives its set here. Only a
// segment under a good signature enters: nobody can fill it from outside.
type headers struct {
	known atomic.Pointer[[]knownHeader] // what it points to is never changed
	mu    sync.Mutex                    // guards the change of known
}

// knownHeader is a header and the text of its segment. They are few, and mostly
// one: to compare them one by one is faster than to hash.
type knownHeader struct {
	segment string
	header  *joseHeader
}

// get returns what segment says, or nil if that is not known.
func (h *headers) get(segment string) *joseHeader {
	known := h.known.Load()
	if known == nil {
		return nil
	}
	for i := range *known {
		if one := &(*known)[i]; one.segment == segment {
			return one.header
		}
	}
	return nil
}

// add remembers that segment, which was signed, says header.
func (h *headers) add(segment string, header *joseHeader) {
	if h.full() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.full() {
		return
	}
	if h.get(segment) != nil {
		return // somebody else was faster
	}
	var next []knownHeader
	if known := h.known.Load(); known != nil {
		next = slices.Clone(*known)
	}
	next = append(next, knownHeader{strings.Clone(segment), header}) // else the whole token would be kept
	h.known.Store(&next)
}

func (h *headers) full() bool {
	known := h.known.Load()
	return known != nil && len(*known) >= maxHeaders
}
