package keyring_test

import (
	"path/filepath"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
)

func TestFileStore(t *testing.T) {
	storetest.RunKeys(t, func(t *testing.T) keyring.Store { //nolint:thelper // makes a store for the suite
		return keyring.NewFileStore(filepath.Join(t.TempDir(), "keys", "ring"))
	})
}
