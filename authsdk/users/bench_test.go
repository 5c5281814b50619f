package users_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// BenchmarkAuthenticate is dominated by the hash; right, wrong and unknown
// must not differ.
func BenchmarkAuthenticate(b *testing.B) {
	s := newServiceAsIs(b, users.Config{AccountLimit: users.Limit{Burst: 1 << 30}, Queue: 1 << 10})
	add(b, s, "alice")
	for name, c := range map[string]session.Credentials{
		"right":   {Username: "alice", Password: right},
		"wrong":   {Username: "alice", Password: wrong},
		"unknown": {Username: "nobody", Password: wrong},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = s.Authenticate(b.Context(), c)
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.SetParallelism(50)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := loginFrom(b, s, "alice", right, ""); err != nil {
					b.Error(err)
				}
			}
		})
	})
	// What is not the hash.
	b.Run("refused", func(b *testing.B) {
		s := newServiceAsIs(b, users.Config{AccountLimit: users.Limit{Burst: 1, Every: 1 << 50}})
		_ = login(b, s, "alice", wrong)
		b.ReportAllocs()
		for b.Loop() {
			_ = login(b, s, "alice", wrong)
		}
	})
}
