// Package measure compares the CPU time of things on a machine that has other
// work to do.
package measure
