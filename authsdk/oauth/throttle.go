package oauth

import (
	"context"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
	"github.com/authsdk/authsdk-go/internal/netaddr"
)

// failed counts a failure, for the address and for the client at it, and says how
// it is answered. The limits are those of logins.
func (s *Service) failed(ctx context.Context, c Credentials) error {
	address := netaddr.Customer(c.Address)
	// Who tries many names is stopped by the first, before every name has a
	// bucket: unlike a login, a failure costs no hash that would slow it down.
	buckets := []userstore.Bucket{
		{Key: userstore.BucketKey("clients of", address), Burst: 100, Every: time.Second},
		{Key: userstore.BucketKey("client", c.ID, address), Burst: 10, Every: 30 * time.Second},
	}
	now := s.now()
	full, err := s.cfg.Throttle.Buckets(ctx, buckets[0].Key, buckets[1].Key)
	if err != nil {
		return authsdk.Unknown("count failed clients", err)
	}
	for i, b := range buckets { // so that a flood is read and not written
		// Longer than from empty to full is for TakeFailure, see userstore.Bucket.Take.
		if wait := b.Wait(full[i], now); wait > 0 && wait <= b.Every {
			return tooMany(c, wait)
		}
	}
	for _, b := range buckets {
		full, taken, err := s.cfg.Throttle.TakeFailure(ctx, b, now)
		if err != nil {
			return authsdk.Unknown("count failed clients", err)
		}
		if !taken {
			return tooMany(c, b.Wait(full, now))
		}
	}
	return fmt.Errorf("%w: the client %.128q", ErrInvalidClient, c.ID)
}

// tooMany tells c to wait, in whole seconds.
func tooMany(c Credentials, wait time.Duration) error {
	refusal := *authsdk.ErrTooManyAttempts
	refusal.RetryAfter = max(time.Second, (wait + time.Second - 1).Truncate(time.Second))
	return fmt.Errorf("%w: of the client %.128q", &refusal, c.ID)
}
