// Package storetest holds the contracts of session.Store, userstore.Store,
// userstore.Throttle, clientstore.Store and keyring.Store as tests. A store that
// passes them may stand behind a session.Manager, the accounts of package users, the
// clients of package oauth or the keys of package keyring; there are no tests to leave out. The whole test of a store is
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, storetest.Features{Users: true}, func(t *testing.T) session.Store { return mystore.New() })
//	}
//
// The tests bring no clock but the times they hand to the store, and no
// randomness but IDs and the histories of one property test, which prints how
// to repeat what failed. With -short they run fewer rounds.
//
// It is imported by tests only.
package storetest

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// Features are the true differences between stores. They say what a store is
// beside a session.Store; one that is more than it says fails.
type Features struct {
	// Users: it is a userstore.Store too.
	Users bool
	// Keys: it is a keyring.Store too.
	Keys bool
	// Throttle: it is a userstore.Throttle too.
	Throttle bool
	// Clients: it is a clientstore.Store too.
	Clients bool
	// Expires: what has ended leaves by itself, so that there is nothing for
	// PruneSessions and PruneBuckets to do.
	Expires bool
}

// Run tests a session.Store and what else it is. NewStore returns an empty
// store that nobody else uses, and has it closed by t.Cleanup; it is called
// once for each test, and the tests run in parallel. Run returns when all have
// finished.
func Run(t *testing.T, features Features, newStore func(t *testing.T) session.Store) {
	t.Helper()
	t.Run("features", func(t *testing.T) {
		store := newStore(t)
		_, hasUsers := store.(userstore.Store)
		_, hasKeys := store.(keyring.Store)
		_, hasThrottle := store.(userstore.Throttle)
		_, hasClients := store.(clientstore.Store)
		got := Features{Users: hasUsers, Keys: hasKeys, Throttle: hasThrottle, Clients: hasClients, Expires: features.Expires}
		if got != features {
			t.Fatalf("got a store with %+v, want %+v", got, features)
		}
	})
	if t.Failed() {
		return
	}
	if features.Users {
		RunUsers(t, func(t *testing.T) userstore.Store { return newStore(t).(userstore.Store) })
	}
	if features.Keys {
		RunKeys(t, func(t *testing.T) keyring.Store { return newStore(t).(keyring.Store) })
	}
	if features.Throttle {
		RunThrottle(t, features.Expires, func(t *testing.T) userstore.Throttle { return newStore(t).(userstore.Throttle) })
	}
	if features.Clients {
		RunClients(t, func(t *testing.T) clientstore.Store { return newStore(t).(clientstore.Store) })
	}
	prunes := []contract[session.Store]{
		{"prune/what ended before", prunesEnded},
		{"prune/no more than the limit", prunesToLimit},
		{"model/random histories", func(t *testing.T, store session.Store) { histories(t, store, true) }},
	}
	if features.Expires {
		prunes = []contract[session.Store]{
			{"prune/nothing to do", prunesNothing},
			{"model/random histories", func(t *testing.T, store session.Store) { histories(t, store, false) }},
		}
	}
	run(t, "sessions", newStore, append([]contract[session.Store]{
		{"create/keeps everything", keepsEverything},
		{"create/keeps odd texts", keepsTexts},
		{"create/keeps milliseconds and nothing finer", keepsMilliseconds},
		{"create/shares no memory", sharesNoMemory},
		{"create/refuses an ID that is taken", refusesTakenID},
		{"create/evicts the least recently seen", evicts},
		{"create/evicts no more than it must among equals", evictsAmongEquals},
		{"create/counts live sessions of the subject only", evictsLiveOnly},
		{"create/never evicts what it creates", evictsOthers},
		{"read/unknown session", unknownSession},
		{"read/live sessions of a subject", listsLive},
		{"revoke/what matches", revokesMatches},
		{"revoke/live sessions once", revokesOnce},
		{"mark authenticated/a live session", marksLive},
		{"mark authenticated/nothing else", marksNothingElse},
		{"rotate/every case", rotates},
		{"rotate/unknown session", rotatesUnknown},
		{"rotate/a long chain", rotatesChain},
		{"rotate/late replays begin the grace anew", rotatesLate},
		{"race/one token has one successor", raceOneSuccessor},
		{"race/strict rotation has one winner", raceStrict},
		{"race/reuse is told once", raceReuse},
		{"race/late replays share the budget", raceLateReplays},
		{"race/nothing rotates after logout", raceLogout},
		{"race/concurrent changes lose nothing", raceChanges},
		{"race/revoked once", raceRevoke},
		{"race/creates keep the limit", raceCreate},
		{"context/ended before the call", contextEnded},
	}, prunes...))
}

// RunUsers tests a userstore.Store that keeps nothing else, as Run does a session.Store.
func RunUsers(t *testing.T, newStore func(t *testing.T) userstore.Store) {
	t.Helper()
	run(t, "users", newStore, []contract[userstore.Store]{
		{"add/keeps everything", userKeepsEverything},
		{"add/shares no memory", userSharesNoMemory},
		{"add/refuses what is taken", userTaken},
		{"add/names byte by byte", userNames},
		{"list/by name", userList},
		{"password/replaced", userPassword},
		{"disable/and enable", userDisable},
		{"remove/frees the name", userRemove},
		{"unknown/every method", userUnknown},
		{"race/one gets the name", userRaceAdd},
		{"race/a new password wins over a renewed hash", userRacePassword},
		{"context/ended before the call", userContextEnded},
	})
}

// RunKeys tests a keyring.Store that keeps nothing else, as Run does a session.Store.
func RunKeys(t *testing.T, newStore func(t *testing.T) keyring.Store) {
	t.Helper()
	run(t, "keys", newStore, []contract[keyring.Store]{
		{"load/nothing saved", keysNone},
		{"save/what was not changed meanwhile", keysCompareAndSwap},
		{"save/keeps every byte", keysBytes},
		{"save/shares no memory", keysSharesNoMemory},
		{"race/one of them saves", keysRace},
		{"race/no change is lost", keysRaceChanges},
		{"context/ended before the call", keysContextEnded},
	})
}

// RunThrottle tests a userstore.Throttle that keeps nothing else, as Run does a
// session.Store. Expires is that of Features.
func RunThrottle(t *testing.T, expires bool, newStore func(t *testing.T) userstore.Throttle) {
	t.Helper()
	prune := contract[userstore.Throttle]{"prune/what is full", bucketPruned}
	if expires {
		prune = contract[userstore.Throttle]{"prune/nothing to do", bucketPrunesNothing}
	}
	run(t, "throttle", newStore, []contract[userstore.Throttle]{
		{"take/until it is empty", bucketEmpties},
		{"take/a clock that goes back", bucketClock},
		{"take/milliseconds", bucketMilliseconds},
		{"take/random histories", bucketModel},
		{"return/what was taken", bucketGivenBack},
		{"keep/as long as it says", bucketKept},
		{"race/no more places than there are", bucketRace},
		{"context/ended before the call", bucketContextEnded},
		prune,
	})
}

// RunClients tests a clientstore.Store that keeps nothing else, as Run does a session.Store.
func RunClients(t *testing.T, newStore func(t *testing.T) clientstore.Store) {
	t.Helper()
	run(t, "clients", newStore, []contract[clientstore.Store]{
		{"add/keeps everything", clientKeepsEverything},
		{"add/shares no memory", clientSharesNoMemory},
		{"add/refuses what is taken", clientTaken},
		{"add/names byte by byte", clientNames},
		{"list/by name", clientList},
		{"secret/replaces nothing else", clientSecret},
		{"secret/changes no kind", clientSecretKind},
		{"secret/shares no memory", clientSecretMemory},
		{"remove/frees the name", clientRemove},
		{"race/one gets the name", clientRaceAdd},
		{"race/no secret after a removal", clientRaceSecret},
		{"context/ended before the call", clientContextEnded},
	})
}

type contract[Store any] struct {
	name string
	test func(*testing.T, Store)
}

func run[Store any](t *testing.T, group string, newStore func(*testing.T) Store, contracts []contract[Store]) {
	t.Helper()
	t.Run(group, func(t *testing.T) { // returns after the parallel tests
		for _, c := range contracts {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.test(t, newStore(t))
			})
		}
	})
}
