//go:build !race

package revocation

const raced = false
