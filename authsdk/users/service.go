package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Config configures [New]. Store is required.
type Config struct {
	Store Store
	// Concurrency is how many passwords are hashed at the same time, each in
	// 19 MiB of memory. Zero means GOMAXPROCS; more is slower.
	Concurrency int
	// Queue is how many callers may wait for that, and MaxWait how long; zero
	// means 64 for each of Concurrency, and 5 seconds. Others get
	// authsdk.ErrBusy.
	Queue   int
	MaxWait time.Duration
	// AccountLimit is how often logins to one account may fail; zero means 10
	// times, and once more every 30 seconds. AddressLimit is how often logins
	// from one address may fail; zero means 100 times, and once more every
	// second. Logins without an address are counted by account alone.
	AccountLimit, AddressLimit Limit
	// Throttle counts failed logins for all processes that share it: pgstore,
	// redisstore and their siblings. Nil means in the memory of this process,
	// so that several let through as many attempts each.
	Throttle userstore.Throttle
	// OnRefused, if set, is told of logins that were refused because too many
	// have failed. It must be quick and safe for concurrent use.
	OnRefused func(context.Context, Refusal)
	// InsecureCheapHash hashes in 64 KiB of memory, which is fast enough for
	// a thousand logins in a test. Whoever steals such hashes guesses the
	// passwords some hundred times as fast.
	InsecureCheapHash bool
	// Now is the clock of limits and of new users; nil means time.Now.
	Now func() time.Time
}

// Refusal is a login that was refused because too many have failed, for audit
// logs and alarms.
type Refusal struct {
	Time time.Time
	// By is what has failed too often: "account" or "address".
	By string
	// Subject is whose account it is, or empty if there is none.
	Subject string
	// Address is where the attempt came from, if it is known.
	Address string
	// RetryAfter is what the client was told.
	RetryAfter time.Duration
}

// Service authenticates users and administers them. It is safe for concurrent
// use. A service limits load by what it has seen itself: have one for each store
// and process.
type Service struct {
	store    Store
	now      func() time.Time
	hasher   *hasher
	gate     *gate
	throttle *throttle
}

var _ session.Accounts = (*Service)(nil)

// New checks cfg and reports all its mistakes together.
func New(cfg Config) (*Service, error) {
	var errs []error
	bad := func(is bool, message string) {
		if is {
			errs = append(errs, errors.New(message))
		}
	}
	bad(cfg.Store == nil, "Store is required: memstore.New or sqlitestore.Open")
	bad(cfg.Concurrency < 0, "Concurrency must not be negative")
	bad(cfg.Queue < 0, "Queue must not be negative")
	bad(cfg.MaxWait < 0, "MaxWait must not be negative")
	bad(cfg.AccountLimit.Burst < 0 || cfg.AccountLimit.Every < 0, "AccountLimit must not be negative")
	bad(cfg.AddressLimit.Burst < 0 || cfg.AddressLimit.Every < 0, "AddressLimit must not be negative")
	bad(cfg.AccountLimit.Every%time.Millisecond != 0, "AccountLimit.Every must be in whole milliseconds")
	bad(cfg.AddressLimit.Every%time.Millisecond != 0, "AddressLimit.Every must be in whole milliseconds")
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("users: Config: %w", err)
	}
	now := conf.Clock(cfg.Now)
	slots := cmp.Or(cfg.Concurrency, runtime.GOMAXPROCS(0))
	counts := cfg.Throttle
	if counts == nil {
		counts = memstore.New()
	}
	return &Service{
		store: cfg.Store, now: now, hasher: newHasher(cfg.InsecureCheapHash),
		gate: newGate(slots, cmp.Or(cfg.Queue, 64*slots), cmp.Or(cfg.MaxWait, 5*time.Second)),
		throttle: &throttle{
			store: counts, now: now, refused: cfg.OnRefused, open: map[string]int{},
			account: Limit{Burst: cmp.Or(cfg.AccountLimit.Burst, 10), Every: cmp.Or(cfg.AccountLimit.Every, 30*time.Second)},
			address: Limit{Burst: cmp.Or(cfg.AddressLimit.Burst, 100), Every: cmp.Or(cfg.AddressLimit.Every, time.Second)},
		},
	}, nil
}

// Authenticate implements [session.Accounts]: it returns the account of
// c.Subject, or of the user called c.Username if c has no subject, if its
// password is c.Password.
//
// Unknown users, disabled users and wrong passwords all give
// authsdk.ErrInvalidCredentials after the same work. A password above 1024
// bytes gives authsdk.ErrRequestMalformed. Everything that leaves the question
// open gives an authsdk.Error with status 503 and does not count as failed:
// authsdk.ErrBusy, also if ctx ends while the caller waits for its turn, and
// authsdk.ErrStoreUnavailable.
func (s *Service) Authenticate(ctx context.Context, c session.Credentials) (*session.Account, error) {
	if len(c.Password) > maxPassword {
		return nil, fmt.Errorf("%w: the password has more than %d bytes", authsdk.ErrRequestMalformed, maxPassword)
	}
	password, err := typed(c.Password)
	if err != nil {
		// Nobody's password: the answer tells nothing about this user, and
		// there is nothing to compare.
		return nil, authsdk.ErrInvalidCredentials
	}
	u, key, err := s.find(ctx, c)
	if err != nil {
		return nil, err
	}
	// Here too, so that who is refused anyhow takes nobody's place in the queue.
	a, err := s.throttle.begin(ctx, key, c.Address, u.ID)
	if err != nil {
		return nil, err
	}
	var renewed string
	if err := s.gate.pass(ctx, func() (err error) {
		renewed, err = s.prove(ctx, a, &u, password)
		return err
	}); err != nil {
		return nil, err
	}
	if renewed != "" {
		// The old hash is as good as before; the next login tries again.
		_ = s.store.SetUserPassword(ctx, u.ID, renewed, u.PasswordHash)
	}
	return account(&u), nil
}

// find returns the user whom c names, or the zero User if there is none, and
// the key of its failures: the name, however it is spelled and whether or not
// it exists.
func (s *Service) find(ctx context.Context, c session.Credentials) (u User, key string, err error) {
	key, get := c.Subject, s.store.User
	if key == "" {
		name, err := Canonical(c.Username)
		if err != nil {
			return User{}, c.Username, nil //nolint:nilerr // a name that nobody can have is one that nobody has
		}
		key, get = name, s.store.UserByName
	}
	u, err = get(ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return User{}, key, nil
	case err != nil:
		return User{}, "", authsdk.Unknown("find user", err)
	}
	return u, cmp.Or(u.Name, key), nil
}

// prove checks the password of u by exactly one hash, whoever u is. If the
// password is right and its hash outdated, renewed is the new one.
func (s *Service) prove(ctx context.Context, a *attempt, u *User, password string) (renewed string, err error) {
	settle, err := s.throttle.reserve(ctx, a)
	if err != nil {
		return "", err
	}
	result := undecided
	defer func() { settle(result) }()

	known := u.ID != "" && !u.Disabled && u.PasswordHash != ""
	hash := s.hasher.decoy
	if known {
		hash = u.PasswordHash
	}
	match, outdated, err := s.check(u, password, hash)
	if err == nil && match && known {
		match, outdated, err = s.still(ctx, u, password, outdated)
	}
	if err != nil {
		return "", err
	}
	if !match || !known {
		result = failed
		return "", authsdk.ErrInvalidCredentials
	}
	result = succeeded
	if outdated {
		// As for the write that follows: without it, the login is still good.
		renewed, _ = s.hasher.hash(password)
	}
	return renewed, nil
}

// still proves once more what has changed since u was read: who changes a password
// or disables a user ends the sessions that there are, and one that waited for its
// turn meanwhile would begin another. It leaves the present user in u.
func (s *Service) still(ctx context.Context, u *User, password string, outdated bool) (match, stale bool, err error) {
	before := u.PasswordHash
	now, err := s.store.User(ctx, u.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return false, false, nil
	case err != nil:
		return false, false, authsdk.Unknown("find user", err)
	case now.Disabled || now.PasswordHash == "":
		return false, false, nil
	}
	*u = now
	if now.PasswordHash == before {
		return true, outdated, nil
	}
	return s.check(u, password, now.PasswordHash) // another login may have renewed the hash
}

func (s *Service) check(u *User, password, hash string) (match, outdated bool, err error) {
	if match, outdated, err = s.hasher.check(password, hash); err != nil {
		return false, false, authsdk.Unknown("check password of user "+u.ID, err)
	}
	return match, outdated, nil
}

// Account implements [session.Accounts]. It returns authsdk.ErrUserNotFound
// for an unknown and for a disabled user.
func (s *Service) Account(ctx context.Context, subject string) (*session.Account, error) {
	u, err := s.store.User(ctx, subject)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, authsdk.ErrUserNotFound
	case err != nil:
		return nil, authsdk.Unknown("find user", err)
	case u.Disabled:
		return nil, fmt.Errorf("%w: disabled", authsdk.ErrUserNotFound)
	}
	return account(&u), nil
}

func account(u *User) *session.Account {
	return &session.Account{Subject: u.ID, Scopes: u.Scopes, Roles: u.Roles}
}

// pruneBatch is how many buckets are deleted in one step.
const pruneBatch = 200

// Prune deletes counts of failed logins that have no effect any more, in
// batches, until none is left or ctx ends. It returns how many it deleted.
func (s *Service) Prune(ctx context.Context) (pruned int, err error) {
	for {
		n, err := s.throttle.store.PruneBuckets(ctx, s.now(), pruneBatch)
		pruned += n
		if err != nil {
			return pruned, authsdk.Unknown("prune counts of failed logins", err)
		}
		if n < pruneBatch {
			return pruned, nil
		}
	}
}
