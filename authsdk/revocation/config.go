package revocation

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// Config configures [New]. Store is required.
type Config struct {
	Store Store
	// TokenTTL is the longest lifetime of the tokens that the list is asked
	// about, from iat to exp: how long sessions and subjects stay in it. Zero
	// means 24 hours, which is the most that verifiers accept unless they are told
	// otherwise; the AccessTTL of the issuer saves memory.
	TokenTTL time.Duration
	// PollEvery is how often the store is asked for what is new. Zero means
	// a quarter of a second. Of a [Listener] it only matters where a message got lost.
	PollEvery time.Duration
	// MaxStaleness is how old the view of the store may be. Zero means 15
	// seconds; it must be at least twice PollEvery.
	MaxStaleness time.Duration
	// WhenStale is what is done with a token, not known to be revoked, when
	// the view is older. Zero means Refuse.
	WhenStale WhenStale
	// OnDegraded, if set, is told at most once a second that a token was
	// refused, passed or asked about because the view was too old. It must be
	// quick and safe for concurrent use.
	OnDegraded func(Status)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// WhenStale is what a [List] does when its view of the store is too old. A list
// that has never reached its store asks it, and refuses with
// authsdk.ErrStoreUnavailable when it does not answer, whatever is set.
type WhenStale int

// The choices.
const (
	// Refuse answers authsdk.ErrStoreUnavailable at once.
	Refuse WhenStale = iota
	// AskStore asks the store, and refuses if that does not answer either.
	AskStore
	// InsecureAllowShortLived passes tokens that expire within five minutes,
	// and refuses the others. A token that was revoked in the meantime passes.
	InsecureAllowShortLived
)

const (
	defaultTokenTTL     = 24 * time.Hour
	defaultPollEvery    = 250 * time.Millisecond
	defaultMaxStaleness = 15 * time.Second
	minPollEvery        = 10 * time.Millisecond
	maxStaleness        = time.Hour
	// shortLived is what InsecureAllowShortLived lets pass.
	shortLived = 5 * time.Minute
	// maxLeeway is how long after its exp a verifier may accept a token.
	maxLeeway = 5 * time.Minute
	// kept is how long an entry stays after its end, so that a clock that
	// jumps revives nothing, and clocks that differ cause no alarm.
	kept = time.Hour
)

// New checks cfg and reports all its mistakes together. The list asks nothing
// yet: see [List.Run].
func New(cfg Config) (*List, error) {
	cfg.PollEvery = cmp.Or(cfg.PollEvery, defaultPollEvery)
	cfg.MaxStaleness = cmp.Or(cfg.MaxStaleness, defaultMaxStaleness)
	errs := []error{conf.TTL("TokenTTL", cfg.TokenTTL)}
	if conf.IsNil(cfg.Store) {
		errs = append(errs, errors.New("Store is required: that of the sessions is one, such as pgstore.Open"))
	}
	if cfg.PollEvery < minPollEvery {
		errs = append(errs, fmt.Errorf("PollEvery is %s: it must be at least %s", cfg.PollEvery, minPollEvery))
	}
	if cfg.MaxStaleness < 2*cfg.PollEvery || cfg.MaxStaleness > maxStaleness {
		errs = append(errs, fmt.Errorf("MaxStaleness is %s: it must lie between twice PollEvery, %s, and %s", cfg.MaxStaleness, 2*cfg.PollEvery, maxStaleness))
	}
	if cfg.WhenStale < Refuse || cfg.WhenStale > InsecureAllowShortLived {
		errs = append(errs, fmt.Errorf("WhenStale is %d: it must be Refuse, AskStore or InsecureAllowShortLived", cfg.WhenStale))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("revocation: Config: %w", err)
	}
	cfg.TokenTTL = cmp.Or(cfg.TokenTTL, defaultTokenTTL)
	if cfg.OnDegraded == nil {
		cfg.OnDegraded = func(Status) {}
	}
	cfg.Now = conf.Clock(cfg.Now)
	l := &List{cfg: cfg, turn: make(chan struct{}, 1)}
	for _, s := range []*set{&l.tokens, &l.sessions, &l.subjects} {
		s.init()
	}
	return l, nil
}
