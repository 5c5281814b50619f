// Package jwe encrypts tokens: nested, signed and then encrypted (RFC 7519
// section 5.2, RFC 7516), so that whoever carries a token cannot read it. Its
// [Keys] are the Cipher of an issuer and of the verifiers of its tokens.
//
// The contents are always encrypted with A256GCM; the ways to the key are a few
// ([Algorithm]), and each key has one. What arrives is checked before any
// cryptography: compact serialization, a header with alg, enc, kid, cty, typ
// and epk alone, the lengths of every part. Compression and passwords do not
// exist here, so they cannot be asked for. Every failure is the same error,
// authsdk.ErrTokenInvalid: who tries keys or paddings learns nothing.
//
// A program that does not import this package does not contain it.
package jwe
