package authsdk

import (
	"testing"
	"unsafe"
)

// TestTokenSizes: room for a token is what Go hands out, and no byte is given away.
func TestTokenSizes(t *testing.T) {
	t.Parallel()
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("sizes are those of 64 bits")
	}
	const class = 896 - 8 // of runtime/sizeclasses.go, less the header of runtime/mbitmap.go
	if size := unsafe.Sizeof(opened{}) + usualPayload; size != class {
		t.Errorf("a token takes %d bytes, want %d: change usualPayload by what is missing", size, class)
	}
}
