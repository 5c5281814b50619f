// Package remotekeys verifies the tokens of other servers: it fetches their key
// sets (RFC 7517), by URL or by the metadata of an issuer (OpenID Connect
// Discovery 1.0 and RFC 8414), and keeps them.
//
// A [Source] is an authsdk.KeySource that never makes a request wait for the
// fetch of another one. Keys are fetched again before they are old, by [Source.Run]
// or else by a request that finds them due; they go on being used while the
// other server is away, up to a maximum age; and a token whose key is unknown
// causes a fetch, at most one in a while, whatever is sent.
package remotekeys
