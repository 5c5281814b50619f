// Package keyring gives keys a life: a key is published before it signs, signs
// until another one does, and verifies until the last token that it has signed
// has ended. So keys change without a token being refused, and without a
// restart.
//
// A [Ring] is the keys at one moment, immutable. A [Source] is the ring that is
// kept somewhere (a file, an environment variable, a [Store] that several
// replicas share), loaded again now and then; it is what issuers, verifiers
// and servers are given as their authsdk.KeySource. A [Rotator] makes the next
// key when it is due, whoever of the replicas is first.
package keyring
