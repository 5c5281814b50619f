//go:build !linux

package keyringstore_test

// realVariable is set for the process that has a keyring of its own, which only
// Linux has.
const realVariable = "AUTHSDK_TEST_KEYRING"
