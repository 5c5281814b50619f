// Package body looks into the bodies of requests and leaves them as they were.
package body

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Max is how much of a body is read in the search for a token.
const Max = 64 << 10

// ErrTooLarge is a body that is longer than Max.
var ErrTooLarge = errors.New("the body is too large to look for a token")

// Peek returns the body of r and puts it back. The error is ErrTooLarge, or
// why the body could not be read.
func Peek(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, Max+1))
	if err != nil {
		return nil, fmt.Errorf("the body ended early: %w", err)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(data), r.Body), r.Body}
	if len(data) > Max {
		return nil, ErrTooLarge
	}
	return data, nil
}
