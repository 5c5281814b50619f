package users

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Limit is how many failed attempts are let through: Burst at once, and one
// more after every Every. A zero field means the default of where it stands.
type Limit struct {
	Burst int
	Every time.Duration
}

// tracked bounds each table of the throttle. An entry costs somebody a hash,
// so that pushing one out takes longer than its bucket needs to fill again.
const tracked = 1 << 16

// throttle counts failed attempts in token buckets, one for each account and
// one for each address.
type throttle struct {
	now  func() time.Time
	seed maphash.Seed

	mu        sync.Mutex // guards what follows
	accounts  *buckets
	addresses *buckets
	// proven are the pairs of account and address that have logged in. Each
	// has a bucket of its own, so that guesses from elsewhere do not lock the
	// owner out.
	proven *simplelru.LRU[uint64, struct{}]
}

func newThrottle(account, address Limit, now func() time.Time) *throttle {
	return &throttle{
		now: now, seed: maphash.MakeSeed(),
		accounts: newBuckets(account), addresses: newBuckets(address),
		proven: newTable[struct{}](),
	}
}

// newTable drops an error that only a size of zero gives.
func newTable[V any]() *simplelru.LRU[uint64, V] {
	table, _ := simplelru.NewLRU[uint64, V](tracked, nil)
	return table
}

// attempt names the buckets of one attempt, as hashes: what people type into
// the field for the name is sometimes their password, and is not kept.
type attempt struct {
	account, address, pair uint64
	addressed              bool
}

func (t *throttle) attempt(account, address string) attempt {
	a := attempt{account: t.key("account", account, ""), addressed: address != ""}
	if a.addressed {
		address = network(address)
		a.address = t.key("address", "", address)
		a.pair = t.key("pair", account, address)
	}
	return a
}

func (t *throttle) key(kind, account, address string) uint64 {
	return maphash.Comparable(t.seed, [3]string{kind, account, address})
}

// network returns what one customer of a network is given: an IPv4 address,
// or the /64 of an IPv6 address. A port does not matter.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		withPort, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		ip = withPort.Addr()
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// check refuses a if one of its buckets is empty, and takes nothing.
func (t *throttle) check(a attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refusal(a, false)
}

// refusal is why a is refused now, if it is; beside counts the attempts whose
// outcome is open as failures.
func (t *throttle) refusal(a attempt, beside bool) error {
	now := t.now()
	if wait := t.accounts.wait(t.accountKey(a), now, beside); wait > 0 {
		return tooMany("account", wait)
	}
	if !a.addressed {
		return nil
	}
	if wait := t.addresses.wait(a.address, now, beside); wait > 0 {
		return tooMany("address", wait)
	}
	return nil
}

// outcome is how an attempt ended.
type outcome int

const (
	undecided outcome = iota // nothing was learned by it
	failed
	succeeded
)

// reserve takes a place in the buckets of a, so that attempts at the same time
// are not more than the buckets hold, or refuses it. The caller calls settle
// once; only a failure is kept.
func (t *throttle) reserve(a attempt) (settle func(outcome), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refusal(a, true); err != nil {
		return nil, err
	}
	account := t.accountKey(a)
	t.accounts.pending[account]++
	if a.addressed {
		t.addresses.pending[a.address]++
	}
	return func(o outcome) {
		t.mu.Lock()
		defer t.mu.Unlock()
		now := t.now()
		t.accounts.settle(account, now, o)
		if !a.addressed {
			return
		}
		t.addresses.settle(a.address, now, o)
		if o == succeeded {
			t.proven.Add(a.pair, struct{}{})
		}
	}, nil
}

// accountKey is the bucket of the account, or that of the pair if it is proven.
func (t *throttle) accountKey(a attempt) uint64 {
	if a.addressed {
		if _, ok := t.proven.Get(a.pair); ok {
			return a.pair
		}
	}
	return a.account
}

func tooMany(what string, wait time.Duration) error {
	refusal := *authsdk.ErrTooManyAttempts
	refusal.RetryAfter = wait
	return fmt.Errorf("%w (by %s)", &refusal, what)
}

// buckets are token buckets of one kind.
type buckets struct {
	limit Limit
	// pending counts the attempts whose outcome is open.
	pending map[uint64]int
	// spent are the buckets that failures were taken from; all others are full.
	spent *simplelru.LRU[uint64, *rate.Limiter]
}

func newBuckets(l Limit) *buckets {
	return &buckets{limit: l, pending: map[uint64]int{}, spent: newTable[*rate.Limiter]()}
}

// rounding is what the bucket's arithmetic may be off by.
const rounding = 1e-6

// wait returns how long to wait until one more attempt can be made, in whole
// seconds, or zero if it can be made now. Attempts whose outcome is open count
// as failures if beside is set.
func (b *buckets) wait(key uint64, now time.Time, beside bool) time.Duration {
	tokens := float64(b.limit.Burst)
	if bucket, ok := b.spent.Get(key); ok {
		tokens = bucket.TokensAt(now)
	}
	missing := 1 - tokens - rounding
	switch {
	case missing > 0:
		wait := time.Duration(missing * float64(b.limit.Every))
		return (wait + time.Second).Truncate(time.Second)
	case beside && missing+float64(b.pending[key]) > 0:
		// Those others are decided in a moment, and may take nothing.
		return time.Second
	default:
		return 0
	}
}

// settle ends an attempt that was pending.
func (b *buckets) settle(key uint64, now time.Time, o outcome) {
	b.pending[key]--
	if b.pending[key] == 0 {
		delete(b.pending, key)
	}
	if o != failed {
		return
	}
	bucket, ok := b.spent.Get(key)
	if !ok {
		bucket = rate.NewLimiter(rate.Every(b.limit.Every), b.limit.Burst)
		b.spent.Add(key, bucket)
	}
	// Not AllowN, which takes nothing when it refuses: this guess was made.
	bucket.ReserveN(now, 1)
}
