// Package security evaluates the security requirements of an OpenAPI document
// for requests. It imports nothing but the standard library, so that generated
// code and clients can build on it.
//
// A [Table] is what a document says: its security schemes, and for every
// operation a list of alternatives, each of which names schemes that must all
// be satisfied. Package openapi makes a Table of a document, command authgen
// prints one as Go. A [Validator] is a Table with an [Authenticator] for every
// scheme. The adapters find the operation of a request by the pattern that the
// router itself has matched, with an [Index], and ask the Validator before any
// parameter or body is read.
//
// # How a request is judged
//
//   - An operation without alternatives is public: no authenticator is asked.
//   - One alternative must pass: OR of ANDs. Scopes are compared per
//     alternative, with the principal of the scheme that they stand at.
//   - {} is tried last, and passes only for requests that carry no credential
//     of the operation's schemes: a bad token is never anonymous.
//   - Within an alternative, schemes that identify somebody come first, so that
//     a check of a forged request sees whose it claims to be.
//   - Each scheme is authenticated at most once per request, and once more
//     where another alternative identified somebody else before it.
//   - When nothing passes, what cannot be known (503) goes before what is
//     forbidden (403), before a bad credential (401), before a missing one (401).
//   - Two Authorization headers, or one credential twice: 400, whichever
//     alternative comes first.
package security
