// Package session logs people in and out and exchanges refresh tokens.
//
// One login is one [Session]: one row of constant size in a [Store]. Its
// refresh token is a JWT that carries the session's ID and a generation. Each
// refresh moves the session to the next generation, and every earlier
// generation is known to be spent, for ever, without a row per token:
//
//   - the current generation is exchanged for a new pair;
//   - the immediate predecessor gets the same successor again for a short
//     grace, because the answer was lost or several callers asked at once;
//   - anything older revokes the session: somebody else has the token.
//
// # What survives
//
// The verdict is one atomic write, and everything that can fail comes before
// it. A process that is killed before the write has changed nothing; killed
// after it, or with its answer lost, the client repeats the call and gets the
// same successor.
//
// # What does not
//
// A thief who refreshes within the grace of his victim's refreshes is not
// found by the generations; [Config].StrictRotation closes that, and logs out
// whoever loses an answer.
package session
