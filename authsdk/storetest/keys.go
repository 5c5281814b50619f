package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/keyring"
)

// loadKeys checks that the store has want, and returns its version.
func loadKeys(t *testing.T, store keyring.Store, want []byte) int64 {
	t.Helper()
	got, version, err := store.LoadKeys(t.Context())
	if err != nil {
		t.Fatalf("LoadKeys: %v", err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("LoadKeys: got %q, want %q", got, want)
	}
	if (version == 0) != (want == nil) {
		t.Errorf("LoadKeys of %q: got version %d; only where nothing was saved it is 0", want, version)
	}
	return version
}

func saveKeys(t *testing.T, store keyring.Store, data []byte, version int64, want bool) {
	t.Helper()
	saved, err := store.SaveKeys(t.Context(), data, version)
	if err != nil || saved != want {
		t.Fatalf("SaveKeys(%q, version %d): got %t and error %v, want %t", data, version, saved, err, want)
	}
}

func keysNone(t *testing.T, store keyring.Store) {
	loadKeys(t, store, nil)
	saveKeys(t, store, []byte("one"), 1, false) // somebody has removed what he has seen
	loadKeys(t, store, nil)
}

func keysCompareAndSwap(t *testing.T, store keyring.Store) {
	saveKeys(t, store, []byte("one"), 0, true)
	saveKeys(t, store, []byte("another"), 0, false)
	first := loadKeys(t, store, []byte("one"))
	saveKeys(t, store, []byte("another"), first+1, false)
	saveKeys(t, store, []byte("two"), first, true)
	second := loadKeys(t, store, []byte("two"))
	if second == first {
		t.Errorf("version after SaveKeys: got %d, want another than before", second)
	}
	saveKeys(t, store, []byte("late"), first, false)
	loadKeys(t, store, []byte("two"))
	saveKeys(t, store, []byte("three"), second, true)
	loadKeys(t, store, []byte("three"))
}

func keysBytes(t *testing.T, store keyring.Store) {
	var version int64
	for _, data := range [][]byte{
		[]byte("\x00\xff\x00 not UTF-8 \xc3\x28 ' \" \\ \r\n"), bytes.Repeat([]byte("a ring with many keys\n"), 10_000),
	} {
		saveKeys(t, store, data, version, true)
		version = loadKeys(t, store, data)
	}
}

func keysSharesNoMemory(t *testing.T, store keyring.Store) {
	given := []byte("one")
	saveKeys(t, store, given, 0, true)
	given[0] = 'X'
	loadKeys(t, store, []byte("one"))
	got, _, err := store.LoadKeys(t.Context())
	if err != nil {
		t.Fatalf("LoadKeys: %v", err)
	}
	got[0] = 'X'
	loadKeys(t, store, []byte("one"))
}

func keysRace(t *testing.T, store keyring.Store) {
	var (
		version int64
		have    []byte
	)
	for round := range rounds(12) {
		next := func(i int) []byte { return fmt.Appendf(nil, "round %d, caller %d", round, i) }
		winner := -1
		for i, saved := range together(16, func(i int) bool {
			saved, err := store.SaveKeys(t.Context(), next(i), version)
			if err != nil {
				t.Errorf("SaveKeys: %v", err)
			}
			return saved
		}) {
			if saved && winner >= 0 {
				t.Fatalf("SaveKeys of version %d: callers %d and %d saved, want one", version, winner, i)
			}
			if saved {
				winner = i
			}
		}
		if winner < 0 {
			t.Fatalf("SaveKeys of version %d: got nobody who saved, want one; the store has %q", version, have)
		}
		have = next(winner)
		version = loadKeys(t, store, have)
	}
}

// keysRaceChanges counts in the store, as a ring is changed.
func keysRaceChanges(t *testing.T, store keyring.Store) {
	const changes = 5
	together(4, func(int) any {
		for done := 0; done < changes; {
			data, version, err := store.LoadKeys(t.Context())
			if err != nil {
				t.Errorf("LoadKeys: %v", err)
				return nil
			}
			var count uint64
			if version != 0 {
				count = binary.BigEndian.Uint64(data)
			}
			saved, err := store.SaveKeys(t.Context(), binary.BigEndian.AppendUint64(nil, count+1), version)
			if err != nil {
				t.Errorf("SaveKeys: %v", err)
				return nil
			}
			if saved {
				done++
			}
		}
		return nil
	})
	loadKeys(t, store, binary.BigEndian.AppendUint64(nil, 4*changes))
}

func keysContextEnded(t *testing.T, store keyring.Store) {
	saveKeys(t, store, []byte("one"), 0, true)
	version := loadKeys(t, store, []byte("one"))
	refusesEnded(t, "LoadKeys", func(ctx context.Context) error {
		_, _, err := store.LoadKeys(ctx)
		return err
	})
	refusesEnded(t, "SaveKeys", func(ctx context.Context) error {
		_, err := store.SaveKeys(ctx, []byte("two"), version)
		return err
	})
	loadKeys(t, store, []byte("one"))
}
