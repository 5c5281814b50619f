package authsdk

import (
	"encoding/json"
	"fmt"
)

// Unverified returns the JOSE header and the claims of a token as they are
// written, checked for nothing but their form: anybody may have written them.
// It is for tools that show tokens, and for choosing among verifiers by the
// issuer; what the chosen one returns is what counts. The error wraps
// ErrTokenMalformed.
func Unverified(raw string) (header, claims json.RawMessage, err error) {
	tok, err := split(raw)
	if err != nil {
		return nil, nil, err
	}
	if !json.Valid(tok.header) || !json.Valid(tok.payload) {
		return nil, nil, fmt.Errorf("%w: header or claims are no JSON", ErrTokenMalformed)
	}
	return tok.header, tok.payload, nil
}
