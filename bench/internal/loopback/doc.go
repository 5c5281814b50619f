// Package loopback measures a whole server: it runs in a process of its own, so
// that its CPU time is not that of the client.
package loopback
