// Package orders is a shop's API, guarded as its own document openapi.yaml
// says, in five routers.
//
// By hand are the document, what answers its operations (orders.go), what
// checks its credentials (security.go) and a few lines for each router; a shop
// has one of those. security.gen.go follows from the document.
package orders

// Elsewhere, with `go get -tool github.com/authsdk/authsdk-go/cmd/authgen`, the
// command is `go tool authgen` with the same arguments.

//go:generate go run ../../../cmd/authgen --package orders --out security.gen.go openapi.yaml
