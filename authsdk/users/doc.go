// Package users keeps accounts with passwords, for applications that have
// none. A [Service] is the [session.Accounts] of a [session.Manager]; the
// users themselves are in a [Store], which memstore and sqlitestore implement
// and an application may.
//
// # Passwords
//
// Passwords are hashed by argon2id with 19 MiB of memory and two passes, as
// the OWASP Password Storage Cheat Sheet asks for. A hash that was made with
// other parameters is renewed when its owner logs in. Unknown users, disabled
// users and wrong passwords get the same answer, and each costs exactly one
// hash, so that neither the answer nor the time tells which names exist.
//
// # Load
//
// Hashing is slow and takes memory on purpose. A few passwords are hashed at
// the same time, some callers wait for a short while, and everybody else is
// told at once that the server is busy: a flood of logins costs neither more
// memory nor the sessions of those who are logged in.
//
// # Guessing
//
// Failed logins are counted per account, whether it exists or not, and per
// address, an IPv6 address by its /64. Each may fail a number of times at once
// and then again after a while; in between it is refused with
// [authsdk.ErrTooManyAttempts], before anything is hashed. Logins that succeed
// count nothing.
//
// An address from which an account has logged in before has a count of its
// own for that account, so that somebody who guesses from elsewhere does not
// lock the owner out. Nothing of this touches sessions that exist: they are
// refreshed as before.
//
// The counts are in the memory of one process, or, with [Config.Throttle], in a
// store that all processes share; a store that does not answer refuses logins.
// There an account or an address is kept as a hash until its count is full again,
// and where an account has logged in from for 90 days: [Service.Prune] deletes
// what is over. Behind a proxy, the address must be the client's, from a header
// that only the proxy can set; otherwise all clients share one count.
package users
