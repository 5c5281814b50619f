package keyring

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2/maybe"
)

// FileStore keeps a ring in a file, for the processes of one machine. The file
// has the mode 0600 and is replaced as a whole; beside it stands a lock file.
type FileStore struct{ path string }

// NewFileStore returns the store of a file, which need not exist.
func NewFileStore(path string) *FileStore { return &FileStore{path: path} }

// LoadKeys implements Store. The version is computed from the contents.
func (s *FileStore) LoadKeys(context.Context) ([]byte, int64, error) {
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	return data, versionOf(data), err
}

func versionOf(data []byte) int64 {
	sum := sha256.Sum256(data)
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// lockWait is how often a lock that somebody holds is asked for again.
const lockWait = 20 * time.Millisecond

// SaveKeys implements Store.
func (s *FileStore) SaveKeys(ctx context.Context, data []byte, version int64) (bool, error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return false, err
	}
	lock := flock.New(s.path + ".lock")
	if ok, err := lock.TryLockContext(ctx, lockWait); !ok {
		return false, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Unlock() }() // ends with the process anyway
	_, now, err := s.LoadKeys(ctx)
	if err != nil || now != version {
		return false, err
	}
	if err := maybe.WriteFile(s.path, data, 0o600); err != nil {
		return false, err
	}
	return true, nil
}
