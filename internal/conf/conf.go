// Package conf holds the checks that configurations of this module share.
package conf

import (
	"fmt"
	"reflect"
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

// IsNil also knows the nil pointer of some type that an interface holds.
func IsNil(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() { //nolint:exhaustive // the others are never nil
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Interface:
		return r.IsNil()
	}
	return false
}

// Clock returns now, or time.Now for nil.
func Clock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
