package durable_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/authsdk/authsdk-go/internal/durable"
)

func TestSyncDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := durable.SyncDir(dir); err != nil {
		t.Errorf("SyncDir: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := durable.SyncDir(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SyncDir of no folder: got error %v, want fs.ErrNotExist", err)
	}
}
