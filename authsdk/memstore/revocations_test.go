package memstore_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
)

func TestRevocations(t *testing.T) {
	storetest.RunRevocations(t, func(*testing.T) storetest.Feed {
		store := memstore.New()
		return storetest.Feed{One: store, Other: store}
	})
}
