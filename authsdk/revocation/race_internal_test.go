//go:build race

package revocation

// raced says that the race detector is at work, which takes its time and memory.
const raced = true
