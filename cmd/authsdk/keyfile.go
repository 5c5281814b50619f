package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/renameio/v2/maybe"

	"github.com/authsdk/authsdk-go/authsdk"
)

var errNoKeys = setting("--keys is empty: give a file, such as data/keys.json")

// load reads the key file. A file that others may read is refused: whoever
// reads it can sign tokens. What holds no keys is nobody's to chmod, so that is
// looked at first.
func (f keyFlags) load() (*authsdk.KeySet, error) {
	if f.Keys == "" {
		return nil, errNoKeys
	}
	info, err := os.Stat(f.Keys)
	if err != nil {
		return nil, setting("--keys: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, setting("--keys: %s is no regular file: give a file that holds a JWK Set", f.Keys)
	}
	data, err := os.ReadFile(f.Keys)
	if err != nil {
		return nil, setting("--keys: %w", err)
	}
	keys, err := authsdk.ParseKeySet(data)
	if err != nil {
		return nil, setting("--keys: %s: %w", f.Keys, err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, setting("--keys: %s can be read by others (mode %04o): chmod 600 %s, and replace the keys if somebody may have", f.Keys, mode, f.Keys)
	}
	return keys, nil
}

// loadOrMake reads the key file, or makes one with a new ES256 key. It reports
// whether it made one.
func (f keyFlags) loadOrMake() (keys *authsdk.KeySet, made bool, err error) {
	if _, err := os.Stat(f.Keys); !errors.Is(err, fs.ErrNotExist) {
		keys, err := f.load()
		return keys, false, err
	}
	keys, err = f.add(authsdk.ES256, false)
	if errors.Is(err, fs.ErrExist) { // another process was quicker
		keys, err = f.load()
		return keys, false, err
	}
	return keys, true, err
}

// add puts a new key for alg in front of the file's keys, so that it signs and
// they still verify. With replace false the file must not exist.
func (f keyFlags) add(alg authsdk.Algorithm, replace bool) (*authsdk.KeySet, error) {
	if f.Keys == "" {
		return nil, errNoKeys
	}
	key, err := authsdk.GenerateKey(alg)
	if err != nil {
		return nil, err
	}
	all := []*authsdk.Key{key}
	if replace {
		old, err := f.load()
		if err != nil {
			return nil, err
		}
		all = append(all, old.Keys()...)
	}
	keys, err := authsdk.NewKeySet(all...)
	if err != nil {
		return nil, err
	}
	data, err := keys.PrivateJWKS()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(f.Keys), 0o700); err != nil {
		return nil, setting("--keys: %w", err)
	}
	write := writeNew
	if replace {
		write = func(path string, data []byte) error { return maybe.WriteFile(path, data, 0o600) }
	}
	if err := write(f.Keys, data); err != nil {
		return nil, setting("--keys: %w", err)
	}
	return keys, nil
}

// writeNew makes a file whole or not at all, and never over an existing one.
func writeNew(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // has mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return nil
}
