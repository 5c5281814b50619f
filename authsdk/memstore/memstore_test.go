package memstore_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Features{Users: true, Keys: true, Throttle: true, Clients: true}, func(*testing.T) session.Store { return memstore.New() })
}

func BenchmarkRotate(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		storetest.BenchmarkRotate(b, func(*testing.B) session.Store { return memstore.New() })
	})
}
