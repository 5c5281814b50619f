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

	"github.com/authsdk/authsdk-go/internal/durable"
)

// FileStore keeps a ring in a file, for the processes of one machine. The file
// has the mode 0600, is replaced as a whole and is on the disk when SaveKeys
// returns: a key that was removed does not come back with a power failure. Beside
// it stands a lock file.
type FileStore struct{ path string }

// NewFileStore returns the store of a file, which need not exist.
func NewFileStore(path string) *FileStore { return &FileStore{path: path} }

// real is the file itself, where the path is a link to it.
func (s *FileStore) real() string {
	if path, err := filepath.EvalSymlinks(s.path); err == nil {
		return path
	}
	return s.path
}

// LoadKeys implements Store. The version is computed from the contents. A file
// that others may read is refused: whoever reads it can sign.
func (s *FileStore) LoadKeys(ctx context.Context) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if err := private(s.path, info); err != nil {
		return nil, 0, err
	}
	data, err := os.ReadFile(s.path)
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
	path := s.real()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, err
	}
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLockContext(ctx, lockWait); !ok {
		return false, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Unlock() }() // ends with the process anyway
	_, now, err := s.LoadKeys(ctx)
	if err != nil || now != version {
		return false, err
	}
	if err := replace(path, data); err != nil {
		return false, err
	}
	return true, nil
}

// replace puts data in the place of a file, whole or not at all, readable for
// nobody else, whatever the old one was.
func replace(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // has the mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone, if all went well
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}
