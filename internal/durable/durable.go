// Package durable puts on the disk what a file system may still have in memory.
package durable

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// SyncDir makes the renamings and removals in a folder durable, where the system can.
func SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path) //nolint:gosec // the folder of a configured file
	if err != nil {
		return err
	}
	defer dir.Close()
	err = dir.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil // some network file systems cannot
	}
	return err
}
