// Package openapi turns an OpenAPI document into a security table: at start-up
// with [NewValidator], or when code is generated, by command authgen.
//
// Documents of version 3.0 and 3.1 are read, and 3.2 as far as the parser
// does. What cannot be enforced as it is written is refused, with all
// mistakes together: a scheme or scope that is not declared, a scheme of a type
// that is not supported, an operationId or a route that stands twice, a security
// or an alternative of it that is null, a member that stands twice. Nothing is
// fetched: a $ref to another place is refused, but for files beside a
// document that [LoadFile] reads.
//
// # x-authsdk
//
// What OpenAPI cannot say, an extension can. On an operation:
//
//	x-authsdk:
//	  fresh: true          # a credential that a login gave, not a refresh
//	  fresh-within: 5m     # a login not longer ago than this
//	  roles: [admin]       # all of these
//
// On a security scheme:
//
//	x-authsdk:
//	  type: refresh        # the type of its tokens, where it is not access
//	  proof: true          # identifies nobody, and is no credential: a CSRF value
//
// The extension is refused where it would have no effect: at any other place or
// in another case, with any other member, on operations that admit requests
// without credentials, and with a type on schemes that carry no token. Where it
// is data, in an example or as the name of a property, it means nothing. An
// alternative of proofs alone is refused: it identifies nobody.
package openapi
