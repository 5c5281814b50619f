package client

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that somebody holds is asked for again.
const lockPoll = 20 * time.Millisecond

var _ Locker = (*FileStore)(nil)

// Lock takes the lock of the file, which is one of the system on a file beside
// it (.lock, 0600, empty): it ends with the process that holds it, also if that
// is killed. The file stays; deleting it while a program runs lets two refresh
// at once. Network file systems keep such locks as well as they can.
//
// The Client calls it, and a program that changes the file by itself should.
// Load, Save and Delete do not take it.
func (s *FileStore) Lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), dirMode); err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	// One for each holder: the locks of two descriptors exclude each other, also
	// within one process.
	lock := flock.New(s.path+".lock", flock.SetPermissions(lockMode))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("token file: lock %s: %w", lock.Path(), err)
	}
	return func() { _ = lock.Close() }, nil // the end of the process does it too
}
