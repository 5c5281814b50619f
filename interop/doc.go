// Package interop shows that services on other JOSE libraries accept the tokens
// of the SDK, with the key set that it publishes or with a shared secret, and
// that the SDK accepts theirs where they meet its rules, and says what is wrong
// where they do not; and that foreign OAuth clients and services work with the
// built server. It has tests alone, and is a module of its own, so that
// those libraries are in nobody's go.mod.
package interop
