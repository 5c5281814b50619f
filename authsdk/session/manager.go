package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Config configures [New]. Issuer, Store and Accounts are required.
type Config struct {
	Issuer   *authsdk.Issuer
	Store    Store
	Accounts Accounts
	// Grace is how long after a refresh the refresh token that was exchanged
	// gets the same successor again, because the answer was lost or several
	// tabs asked at once. Zero means 30 seconds, the most is 5 minutes. A
	// thief who refreshes within the grace of his victim's refreshes is not
	// found; StrictRotation closes that, and logs out whoever loses an answer.
	Grace          time.Duration
	StrictRotation bool
	// LateReplays is how many times in the life of a session that may happen
	// after the grace. One suits phones, whose apps are stopped between the
	// answer and the write.
	LateReplays int
	// StoreLag is how many of its last rotations the store may have forgotten
	// after a failover. Zero for stores that do not forget.
	StoreLag int
	// IdleTTL ends a session that is not refreshed for so long, AbsoluteTTL
	// ends every one; zero means 30 and 90 days.
	IdleTTL, AbsoluteTTL time.Duration
	// MaxSessions is how many sessions a subject may have; zero means 20. A
	// new login ends the one that was not seen for longest.
	MaxSessions int
	// ClientID is the client_id (RFC 9068 section 2.2) in the access tokens of
	// sessions that no OAuth client began: the name of one's own pages and
	// apps. Empty leaves the claim out.
	ClientID string
	// OtherIssuers are former names of Issuer, whose tokens count as its own, as
	// in authsdk.VerifierConfig.
	OtherIssuers []string
	// Revocations, if set, is told of every session that ends before its time,
	// so that verifiers that do not ask Store refuse its access tokens too. A
	// revocation.List is one. Nil leaves them good until they expire, but for
	// verifiers that ask [Manager.Revoked].
	Revocations Revoker
	// OnEvent, if set, is told what happened, after it has happened. It must
	// be quick and safe for concurrent use.
	OnEvent func(context.Context, Event)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultGrace       = 30 * time.Second
	maxGrace           = 5 * time.Minute
	maxLateReplays     = 100
	maxStoreLag        = 100
	defaultIdleTTL     = 30 * 24 * time.Hour
	defaultAbsoluteTTL = 90 * 24 * time.Hour
	defaultMaxSessions = 20
	// pruneAfter is how long an ended session is kept, so that a token of it
	// is still told from a foreign one.
	pruneAfter = 24 * time.Hour
	// pruneBatch is how many sessions are deleted in one step.
	pruneBatch = 100
	maxLabel   = 128
)

// Manager logs people in and out and exchanges refresh tokens. It is safe for
// concurrent use.
//
// Every method reads, prepares and only then writes: whatever can fail, the
// signing of the new tokens included, happens before the one write. A caller
// that was not answered may repeat the call.
type Manager struct {
	cfg Config
}

// New checks cfg and reports all its mistakes together.
func New(cfg Config) (*Manager, error) {
	var errs []error
	bad := func(is bool, message string) {
		if is {
			errs = append(errs, errors.New(message))
		}
	}
	bad(cfg.Issuer == nil, "Issuer is required: see authsdk.NewIssuer")
	bad(conf.IsNil(cfg.Store), "Store is required: memstore.New or sqlitestore.Open")
	bad(conf.IsNil(cfg.Accounts), "Accounts is required: your user base, or users.New")
	bad(cfg.Revocations != nil && conf.IsNil(cfg.Revocations), "Revocations is a nil pointer: make one by revocation.New, or leave the field empty")
	bad(cfg.Grace < 0 || cfg.Grace > maxGrace, fmt.Sprintf("Grace is %s: it must lie between 0 (the default, %s) and %s", cfg.Grace, defaultGrace, maxGrace))
	bad(cfg.Grace > 0 && cfg.Grace < time.Second, fmt.Sprintf("Grace is %s: it must be at least 1s", cfg.Grace))
	bad(cfg.StrictRotation && (cfg.Grace > 0 || cfg.LateReplays > 0), "StrictRotation excludes Grace and LateReplays: they accept a token again")
	bad(cfg.LateReplays < 0 || cfg.LateReplays > maxLateReplays, fmt.Sprintf("LateReplays is %d: it must lie between 0 and %d", cfg.LateReplays, maxLateReplays))
	bad(cfg.StoreLag < 0 || cfg.StoreLag > maxStoreLag, fmt.Sprintf("StoreLag is %d: it must lie between 0 and %d", cfg.StoreLag, maxStoreLag))
	bad(cfg.MaxSessions < 0, "MaxSessions must not be negative")
	errs = append(errs, conf.TTL("IdleTTL", cfg.IdleTTL), conf.TTL("AbsoluteTTL", cfg.AbsoluteTTL))
	cfg.AbsoluteTTL = cmp.Or(cfg.AbsoluteTTL, max(defaultAbsoluteTTL, cfg.IdleTTL))
	cfg.IdleTTL = cmp.Or(cfg.IdleTTL, min(defaultIdleTTL, cfg.AbsoluteTTL))
	bad(cfg.Grace > cfg.IdleTTL && cfg.IdleTTL > 0, fmt.Sprintf("Grace %s is longer than IdleTTL %s", cfg.Grace, cfg.IdleTTL))
	bad(cfg.AbsoluteTTL < cfg.IdleTTL, fmt.Sprintf("AbsoluteTTL %s is shorter than IdleTTL %s", cfg.AbsoluteTTL, cfg.IdleTTL))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("session: Config: %w", err)
	}
	cfg.Grace = cmp.Or(cfg.Grace, defaultGrace)
	if cfg.StrictRotation {
		cfg.Grace = 0
	}
	if cfg.MaxSessions == 0 {
		cfg.MaxSessions = defaultMaxSessions
	}
	cfg.Now = conf.Clock(cfg.Now)
	return &Manager{cfg: cfg}, nil
}

// LoginOptions say how a session is to be made.
type LoginOptions struct {
	// Label tells the person later which device this is.
	Label string
	// Cookies gives the tokens CSRF values, for [authsdk.Cookies.Set].
	Cookies bool
	// Grant says which OAuth client begins the session; the zero value is none.
	Grant Grant
}

// Login proves the credentials and starts a session. Errors are those of
// [Accounts.Authenticate], or wrap authsdk.ErrStoreUnavailable.
func (m *Manager) Login(ctx context.Context, c Credentials, o LoginOptions) (*authsdk.TokenPair, error) {
	c.Subject = ""
	account, err := m.cfg.Accounts.Authenticate(ctx, c)
	if err != nil {
		return nil, authsdk.Unknown("authenticate", err)
	}
	return m.Start(ctx, account, o)
}

// Start starts a session for somebody whom the application has authenticated
// in its own way. The access token is fresh.
func (m *Manager) Start(ctx context.Context, a *Account, o LoginOptions) (*authsdk.TokenPair, error) {
	now := m.now()
	session := Session{
		ID: rand.Text(), Subject: a.Subject, Label: cutLabel(o.Label),
		RotatedAt: now, CreatedAt: now, AuthTime: now, LastSeen: now,
		IdleExpires: now.Add(m.cfg.IdleTTL), Expires: now.Add(m.cfg.AbsoluteTTL),
	}
	if o.Cookies {
		session.CSRFSecret = []byte(rand.Text())
	}
	granted, err := o.Grant.narrow(a.Scopes)
	if err != nil {
		return nil, err
	}
	account := *a
	account.Scopes = granted
	pair, err := m.pair(ctx, session, &account, tokens{grant: o.Grant, granted: granted, fresh: true})
	if err != nil {
		return nil, err
	}
	evicted, err := m.cfg.Store.CreateSession(ctx, session, m.cfg.MaxSessions)
	if err != nil {
		return nil, authsdk.Unknown("create session", err)
	}
	m.tell(ctx, EventLogin, session.ID, session.Subject, "")
	for _, id := range evicted {
		m.tell(ctx, EventRevoke, id, session.Subject, ReasonEvicted)
	}
	if err := publishLate(ctx, m.cfg.Revocations, evicted); err != nil { // nobody knew before who had to go
		return nil, err
	}
	return pair, nil
}

// Reauthenticate proves the password of a subject who is logged in, given by
// the verified claims of an access token, and returns the pair of the session
// with an access token that is fresh. The refresh token is the current one. The
// session of an OAuth client gives authsdk.ErrInsufficientScope.
func (m *Manager) Reauthenticate(ctx context.Context, c *authsdk.Claims, password, address string) (*authsdk.TokenPair, error) {
	if c.SessionID == "" {
		return nil, fmt.Errorf("%w: not the token of a session", authsdk.ErrTokenWrongType)
	}
	if err := m.Own(c); err != nil {
		return nil, err
	}
	if c.ClientID != m.cfg.ClientID && c.ClientID != "" {
		return nil, fmt.Errorf("%w: the session is that of the client %q", authsdk.ErrInsufficientScope, c.ClientID)
	}
	account, err := m.cfg.Accounts.Authenticate(ctx, Credentials{Subject: c.Subject, Password: password, Address: address})
	if err != nil {
		return nil, authsdk.Unknown("authenticate", err)
	}
	session, err := m.cfg.Store.Session(ctx, c.SessionID)
	if err != nil {
		return nil, m.noSession(err)
	}
	if session.AuthTime = m.now(); !session.Live(session.AuthTime) {
		return nil, authsdk.ErrTokenRevoked
	}
	pair, err := m.pair(ctx, session, account, tokens{fresh: true})
	if err != nil {
		return nil, err
	}
	marked, err := m.cfg.Store.MarkAuthenticated(ctx, session.ID, session.AuthTime)
	if err != nil {
		return nil, m.noSession(err)
	}
	if marked.Generation != session.Generation {
		// A refresh came in between: the refresh token of then is spent.
		if pair, err = m.pair(ctx, marked, account, tokens{fresh: true}); err != nil {
			return nil, err
		}
	}
	m.tell(ctx, EventReauthenticate, session.ID, session.Subject, "")
	return pair, nil
}

// noSession translates the answer of a store for a token's own session.
func (m *Manager) noSession(err error) error {
	if errors.Is(err, authsdk.ErrSessionNotFound) {
		return fmt.Errorf("%w: its session is unknown", authsdk.ErrTokenRevoked)
	}
	return authsdk.Unknown("session", err)
}

// now is the clock, in the resolution of the stores.
func (m *Manager) now() time.Time { return m.cfg.Now().UTC().Truncate(time.Millisecond) }

func (m *Manager) tell(ctx context.Context, kind, id, subject, reason string) {
	if m.cfg.OnEvent != nil {
		m.cfg.OnEvent(ctx, Event{Kind: kind, Time: m.now(), SessionID: id, Subject: subject, Reason: reason})
	}
}
