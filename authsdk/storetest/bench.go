package storetest

import (
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// BenchmarkRotate measures RotateSession of a session.Store: "one" by one
// caller after the other, which is how long a client waits, "parallel" by
// concurrent callers with a session each, which is what the store can bear.
func BenchmarkRotate(b *testing.B, newStore func(b *testing.B) session.Store) {
	b.Helper()
	benchmark(b, func(b *testing.B) func(*testing.B) func() {
		b.Helper()
		store := newStore(b)
		return func(b *testing.B) func() { return refresh(b, store) }
	})
}

// BenchmarkFloor measures, in the same two ways, what the engine itself needs
// for the write of a rotation. NewClient connects; what it returns makes a row
// for one caller, and returns what that caller does again and again.
func BenchmarkFloor(b *testing.B, newClient func(b *testing.B) func(b *testing.B) (next func())) {
	b.Helper()
	benchmark(b, newClient)
}

// refresh returns what refreshes a session of its own.
func refresh(b *testing.B, store session.Store) (next func()) {
	b.Helper()
	s := newSession("alice")
	if _, err := store.CreateSession(b.Context(), s, 0); err != nil {
		b.Errorf("CreateSession: %v", err)
	}
	r := newRotation(s, 0, start)
	r.Grace = 30 * time.Second
	return func() {
		if _, verdict, err := store.RotateSession(b.Context(), r); err != nil || verdict != session.VerdictRotated {
			b.Errorf("RotateSession(generation %d): got %s and error %v, want rotated", r.Generation, verdict, err)
		}
		r.Generation++
	}
}

func benchmark(b *testing.B, newClient func(b *testing.B) func(b *testing.B) (next func())) {
	b.Helper()
	b.Run("one", func(b *testing.B) {
		next := newClient(b)(b)
		b.ReportAllocs()
		for b.Loop() {
			next()
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
	})
	b.Run("parallel", func(b *testing.B) {
		caller := newClient(b)
		b.SetParallelism(16) // callers wait for the store, not for a processor
		b.RunParallel(func(pb *testing.PB) {
			next := caller(b)
			for pb.Next() {
				next()
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
	})
}
