package remotekeys_test

import (
	"errors"
	"net/http"
	"testing"
	"time"
	"unsafe"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestSleep (ATK-178): keys grow old while the machine sleeps, although its monotonic
// clock stands still then.
func TestSleep(t *testing.T) {
	t.Parallel()
	awake := time.Now()
	slept := awake
	// Of a time with a monotonic part, the seconds stand above the nanoseconds.
	*(*uint64)(unsafe.Pointer(&slept)) += 25 * 3600 << 30
	if slept.Sub(awake) != 0 || slept.Round(0).Sub(awake) != 25*time.Hour {
		t.Skip("a time looks otherwise here")
	}
	issuer, _, cfg := world(t)
	now := awake
	cfg.Now = func() time.Time { return now }
	s := open(t, cfg)
	now = slept
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	if _, err := s.KeySet(t.Context()); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("keys of the day before: got error %v, want that they are too old", err)
	}
	if n := issuer.Fetches(); n != 2 {
		t.Errorf("%d fetches, want a second one on waking", n)
	}
}
