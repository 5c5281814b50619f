// Package authsdk issues and verifies the tokens of an HTTP API: JWTs with a
// type, fresh access tokens, scopes and roles, in headers or cookies.
//
// An [Issuer] signs [Claims], a [Verifier] checks tokens against a [Policy]:
//
//	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Keys: keys})
//	…
//	claims, err := verifier.Verify(ctx, token, authsdk.Policy{Scopes: []string{"orders:read"}})
//
// The packages under adapters guard the routes of net/http and of routers with
// a Verifier. The package authsdk/session adds logins and refresh tokens that
// rotate, authsdk/server the HTTP endpoints of openapi.yaml over it.
//
// # Strictness
//
// The verifier accepts one spelling of a token, compact JWS, of at most
// [MaxTokenSize] bytes. The key, found by kid among those that were
// configured, decides the algorithm. Headers may have alg, kid and typ and no
// more. Claims are typed and bounded, JSON with duplicate or look-alike names
// is refused, and a token without an end is neither made nor accepted. Weak
// keys are refused when they are loaded.
//
// # Errors
//
// Every refusal is an [Error] with a stable code for the client; the chain
// below it holds the cause for the log. What cannot be known, because a store
// or a key server does not answer, is ErrStoreUnavailable: never a yes and
// never a no.
package authsdk
