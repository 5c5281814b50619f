package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/authsdk/authsdk-go/internal/durable"
)

const (
	dirMode    = 0o700
	othersMode = 0o077
	lockMode   = 0o600
	// maxFile is far beyond any pair: tokens are at most 8 KiB each.
	maxFile = 1 << 20
)

// hasModes is whether the mode of a file says who may read it.
const hasModes = runtime.GOOS != "windows"

// FileStore is a [TokenStore] in one file, which its owner alone may read
// (0600, and 0700 for folders that it makes). On Windows the folder has to
// protect it.
//
// The file is replaced as a whole and is on the disk when Save returns.
// Processes may share it: each sees what the others saved, and one of them
// refreshes for all, see [FileStore.Lock].
type FileStore struct {
	path string
}

var _ TokenStore = (*FileStore)(nil)

// NewFileStore returns a store that keeps the pair in the file at path. It
// does not touch the file.
func NewFileStore(path string) *FileStore { return &FileStore{path: path} }

// Load reads the file. No file is [ErrNoToken]; a file that others may read or
// that is damaged is an error that names it and says what to do.
func (s *FileStore) Load(ctx context.Context) (Token, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	info, err := os.Stat(s.path) // before it is opened: a named pipe would block
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Token{}, ErrNoToken
	case err != nil:
		return Token{}, fmt.Errorf("token file: %w", err)
	case !info.Mode().IsRegular():
		return Token{}, fmt.Errorf("token file %s is not a regular file: choose another path", s.path)
	}
	data, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, ErrNoToken // deleted a moment ago
	}
	if err != nil {
		return Token{}, err
	}
	var t Token
	if err := t.UnmarshalBinary(data); err != nil {
		return Token{}, fmt.Errorf("token file %s is damaged (%w): delete it and log in again", s.path, err)
	}
	return t, nil
}

// read returns the content of the file if nobody else may read it.
func (s *FileStore) read() ([]byte, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	if mode := info.Mode().Perm(); hasModes && mode&othersMode != 0 {
		return nil, fmt.Errorf("token file %s is open to others (mode %04o): run chmod 600 on it, and log in again if somebody may have read it", s.path, mode)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	if len(data) > maxFile {
		return nil, nil // as damaged as one that is cut
	}
	return data, nil
}

// Save replaces the file, whatever it was, by one that holds t.
func (s *FileStore) Save(ctx context.Context, t Token) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := t.MarshalBinary()
	if err != nil {
		return err
	}
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	name, err := writeTemp(dir, "."+filepath.Base(s.path)+"-*", data)
	if err == nil {
		err = os.Rename(name, s.path)
	}
	if err != nil {
		if name != "" {
			_ = os.Remove(name)
		}
		return fmt.Errorf("token file: %w", err)
	}
	return syncDir(dir)
}

// writeTemp writes a new file, which is 0600 from its first moment on, to the
// disk. It returns the name also with an error, when there is something to
// remove.
func writeTemp(dir, pattern string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	// Without this a crash after the renaming can leave an empty file.
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return f.Name(), err
}

// syncDir makes a renaming or a removal durable.
func syncDir(dir string) error {
	if err := durable.SyncDir(dir); err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	return nil
}

// Delete removes the file.
func (s *FileStore) Delete(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := os.Remove(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	return syncDir(filepath.Dir(s.path))
}
