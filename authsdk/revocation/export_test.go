package revocation

import (
	"context"
	"time"
)

// What the tests outside of the package need of it.
const (
	Raced   = raced
	Million = million
)

// Heap returns the bytes that are in use.
func Heap() int64 { return heap() }

// ID returns one of many IDs.
func ID(i int) string { return jti(i) }

// CatchUp asks the store, as Run does.
func (l *List) CatchUp(ctx context.Context) error { return l.catchUp(ctx) }

// Apply puts entries into the list alone.
func (l *List) Apply(now time.Time, entries []Entry) { l.apply(now, entries) }
