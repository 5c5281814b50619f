package keyring

import (
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Entry is a key and its times, which have a resolution of one second.
type Entry struct {
	Key *authsdk.Key
	// Created is when the key was made, and published.
	Created time.Time
	// Activate is when it begins to sign.
	Activate time.Time
	// Expire is when it stops verifying: zero for a key that nothing replaces yet.
	Expire time.Time
}

// State is what a key does at one moment.
type State string

// The states of a key, in their order.
const (
	// Next keys are published and verify, so that everybody knows them when
	// they begin to sign.
	Next State = "next"
	// Active is the key that signs.
	Active State = "active"
	// Retiring keys verify what they have signed.
	Retiring State = "retiring"
	// Retired keys do nothing any more.
	Retired State = "retired"
)

// expired reports whether e does nothing any more at now.
func (e *Entry) expired(now time.Time) bool { return !e.Expire.IsZero() && !now.Before(e.Expire) }

// signs reports whether e may sign at now. Of several the last one does.
func (e *Entry) signs(now time.Time) bool {
	return e.Key.CanSign() && !now.Before(e.Activate) && !e.expired(now)
}
