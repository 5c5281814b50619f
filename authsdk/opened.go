package authsdk

import (
	"unsafe"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// usualPayload is how long payloads are that need no memory of their own. With it
// and the eight bytes that Go puts before it, room for a token is 896 bytes, one of the
// sizes in which Go hands memory out.
const usualPayload = 352

// opened is a token whose signature is good: its claims and, in the same
// piece of memory, the lists and the text that most claims have.
type opened struct {
	Claims

	room  []byte          // for Raw, or nil
	known *known          // what it is part of, if it may be remembered
	visit *security.Visit // room for the request that it came with, or nil
	typ   string          // of the header, see joseHeader
	lists [6]string       // the members of Audience, Scopes and Roles
}

// newOpened returns room for a token, with room for a request if it is for one. Then
// its text has memory of its own: whoever keeps a string of the claims must not keep
// the request.
func newOpened(request bool) *opened {
	if !request {
		var o struct {
			opened

			payload [usualPayload]byte
		}
		o.room = o.payload[:0]
		return &o.opened
	}
	var o struct {
		opened

		visit security.Visit
	}
	o.opened.visit = &o.visit
	return &o.opened
}

// newKnown returns room for a token that may be remembered. What is asked of it then
// lies together.
func newKnown() *opened {
	var k struct {
		known

		payload [usualPayload]byte
	}
	k.token.room, k.token.known = k.payload[:0], &k.known
	return &k.token
}

// textOf returns data as a string that is not copied: nobody writes to verified
// claims, see Claims. It saves a tenth of a verification under HMAC.
func textOf(data []byte) string {
	return unsafe.String(unsafe.SliceData(data), len(data)) //nolint:gosec // as above; the length is that of data
}

// bytesOf returns text as bytes that are not copied, and that nobody may write to.
func bytesOf(text string) []byte {
	return unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // as above
}
