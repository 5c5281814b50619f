// Package conf holds the checks that configurations of this module share.
package conf

import (
	"fmt"
	"time"
)

// MaxTTL bounds lifetimes in configurations: more is a mistake of units.
const MaxTTL = 400 * 24 * time.Hour

// TTL accepts zero, which stands for the default, and anything from a second
// to MaxTTL.
func TTL(name string, d time.Duration) error {
	switch {
	case d == 0:
		return nil
	case d < time.Second:
		return fmt.Errorf("%s is %s: a lifetime must be at least 1s; leave it zero for the default", name, d)
	case d > MaxTTL:
		return fmt.Errorf("%s is %s: a lifetime must be at most %s", name, d, MaxTTL)
	}
	return nil
}

// Clock returns now, or time.Now for nil.
func Clock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
