// Package authtest is for the tests of programs that verify tokens: an
// [Issuer] that signs them and publishes its keys on loopback, whose keys can
// rotate and whose server can be away, slow or wrong, and a [Clock].
//
// Nothing here switches a check off: what a test lets in, production does.
package authtest
