// Package revocation refuses tokens before they expire, on every machine that
// verifies them: single tokens by their ID, all tokens of a session, all tokens
// of a subject that were issued before some moment.
//
// A [List] is a copy, in this process, of what is revoked. It is asked by the
// verifier and answers from memory; a [Store] keeps what is revoked for good and
// tells all lists of it:
//
//	list, err := revocation.New(revocation.Config{Store: store, TokenTTL: 15 * time.Minute})
//	…
//	go list.Run(ctx)
//	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{…, Revoked: list.Revoked})
//
// # What is promised
//
// When RevokeToken, RevokeSession or RevokeSubject has returned nil, the
// revocation is kept as durably as the store can, and this list refuses the
// tokens. Every other list over the same store does so as soon as it is told,
// which takes milliseconds where the store tells (PostgreSQL, Redis, memory),
// and at most PollEvery and one query otherwise. A list that has heard nothing for
// MaxStaleness does what WhenStale says: by default it refuses with
// authsdk.ErrStoreUnavailable.
//
// # A store that forgets
//
// A store that comes back empty, or without the last of what it had
// acknowledged, no longer knows what was revoked. It begins a new epoch then,
// and tokens issued before that are refused with authsdk.ErrStoreUnavailable:
// whether they were revoked cannot be known. That ends by itself when they have
// expired; an operator who knows better ends it at once by [Confirm].
package revocation
