//go:build tools

// Package tools names the generators in a form that Go's own tooling and dependency scanners of every
// age understand. What runs is the tool line of go.mod (go tool oapi-codegen, Go 1.24 and later); both
// lines take their version from the same requirement, and this file keeps it a direct one.
package tools

import _ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
