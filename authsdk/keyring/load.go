package keyring

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

// File loads a ring from a file. A file that others may read is refused:
// whoever reads it can sign.
func File(path string) func(context.Context) (*Ring, error) {
	return func(context.Context) (*Ring, error) {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("keyring: %s is no regular file: give a file that holds a JWK Set", path)
		}
		data, err := os.ReadFile(path) //nolint:gosec // the file that was asked for
		if err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		ring, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		// What holds no keys is nobody's to chmod, so that was looked at first.
		if err := private(path, info); err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		return ring, nil
	}
}

// private refuses a file that others may read.
func private(path string, info os.FileInfo) error {
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("%s can be read by others (mode %04o): chmod 600 %s, and replace the keys if somebody may have", path, mode, path)
	}
	return nil
}

// Env loads a ring from an environment variable: a JWK Set, a JWK or PEM.
func Env(name string) func(context.Context) (*Ring, error) {
	return func(context.Context) (*Ring, error) {
		text, ok := os.LookupEnv(name)
		if !ok {
			return nil, fmt.Errorf("keyring: the environment variable %s is not set", name)
		}
		ring, err := Parse([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return ring, nil
	}
}
