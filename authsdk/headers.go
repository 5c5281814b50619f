package authsdk

import (
	"maps"
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
	known atomic.Pointer[map[string]*joseHeader] // what it points to is never changed
	mu    sync.Mutex                             // guards the change of known
}

// get returns what segment says, or nil if that is not known.
func (h *headers) get(segment string) *joseHeader {
	known := h.known.Load()
	if known == nil {
		return nil
	}
	return (*known)[segment]
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
	next := map[string]*joseHeader{}
	if known := h.known.Load(); known != nil {
		maps.Copy(next, *known)
	}
	next[strings.Clone(segment)] = header // else the whole token would be kept
	h.known.Store(&next)
}

func (h *headers) full() bool {
	known := h.known.Load()
	return known != nil && len(*known) >= maxHeaders
}
