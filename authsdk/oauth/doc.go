// Package oauth decides what the OAuth endpoints of the server answer: the token
// endpoint (RFC 6749), revocation (RFC 7009) and introspection (RFC 7662), for
// clients that were registered with a [Store].
//
// # Clients
//
// A confidential client has a secret of 256 random bits, of which the store
// keeps the SHA-256: a slow hash protects what people choose, and nobody finds
// such a number by trying. A public client has none. Each may do what its Grants
// say, be granted what its Scopes say, and gets tokens for its Audience.
//
// Pages and apps of one's own, which log in at POST /auth/login, are no
// registered client. At the endpoints they send no client_id, or the one that
// [session.Config].ClientID names.
//
// # Refresh tokens
//
// The refresh token of a client carries the client and the scopes that were
// granted. It is good for that client alone, at this endpoint alone, and never
// for more than was granted; presented by another it is refused and stays good
// for its own.
//
// # Failures
//
// Unknown clients and wrong secrets get the same answer after the same work.
// Failures are counted for each client and address, and for each address; who has
// failed too often is told to wait. A right secret passes all the same: otherwise
// one service with an old secret would shut out all that share its address.
package oauth
