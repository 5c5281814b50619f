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
	d := decoder{base64url: newBase64url()} // of this call alone: what it gives is returned
	header, headerErr := d.segment(tok.header)
	claims, claimsErr := d.segment(tok.payload)
	_, signatureErr := d.segment(tok.signature)
	if headerErr != nil || claimsErr != nil || signatureErr != nil || !json.Valid(header) || !json.Valid(claims) {
		return nil, nil, fmt.Errorf("%w: header or claims are no JSON in base64url", ErrTokenMalformed)
	}
	return header, claims, nil
}
