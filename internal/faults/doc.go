// Package faults holds the promises of docs/reliability.md against the built
// server and real engines: servers that are killed, stopped, cut off, slow or
// full. Its tests are named by the promise that they test. They take minutes,
// and run only where AUTHSDK_FAULTS is set: to short (make faults) or to long
// (make faults-long).
package faults
