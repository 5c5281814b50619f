package authsdk

// Algorithm is a JWS signature algorithm, RFC 7518 section 3.1 and RFC 8037.
// A key has exactly one.
type Algorithm string

// The algorithms that are supported. ES256 is the one to take when nothing
// speaks for another.
const (
	HS256 Algorithm = "HS256"
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"
	RS256 Algorithm = "RS256"
	PS256 Algorithm = "PS256"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	EdDSA Algorithm = "EdDSA"
)

// signatureSize is the exact length of a signature in bytes, or 0 where the
// key decides (RSA) or the algorithm is unknown.
func (a Algorithm) signatureSize() int {
	switch a {
	case HS256:
		return 32
	case HS384:
		return 48
	case HS512, ES256, EdDSA:
		return 64
	case ES384:
		return 96
	case RS256, PS256:
		return 0
	}
	return 0
}
