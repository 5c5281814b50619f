//go:build unix

package measure_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/bench/internal/measure"
)

func TestRatio(t *testing.T) {
	a := &measure.Case{Times: []float64{20, 60, 30, 1000, 40}}
	b := &measure.Case{Times: []float64{10, 20, 10, 100, 40}}
	base := &measure.Case{Times: []float64{0, 10, 5, 90, 30}}
	for name, test := range map[string]struct{ got, want measure.Spread }{
		"Ratio":      {measure.Ratio(a, b), measure.Spread{Low: 2, Median: 3, High: 3}},
		"Above":      {measure.Above(b, base), measure.Spread{Low: 10, Median: 10, High: 10}},
		"RatioAbove": {measure.RatioAbove(a, base, b, base), measure.Spread{Low: 2, Median: 5, High: 5}},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
	if got := measure.Ratio(&measure.Case{}, &measure.Case{}).Median; !math.IsNaN(got) {
		t.Errorf("without rounds: got %v, want no number", got)
	}
}

func TestSpread(t *testing.T) {
	for want, s := range map[string]measure.Spread{
		"1.00 (0.988 to 12.3)": {Low: 0.9876, Median: 1.0012, High: 12.345},
		"368 (368 to 1234)":    {Low: 368, Median: 368, High: 1234},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestCompare: each case has all its rounds, twice the work takes about twice
// the time, and an error ends it.
func TestCompare(t *testing.T) {
	work := func(n int) func() error {
		return func() error {
			for i := range n {
				sink += math.Sqrt(float64(i))
			}
			return nil
		}
	}
	one, two := measure.Each("one", work(10_000)), measure.Each("two", work(20_000))
	if err := measure.Compare(measure.Options{Rounds: 9, Batch: 2 * time.Millisecond}, one, two); err != nil {
		t.Fatal(err)
	}
	if len(one.Times) != 9 || one.Allocs != 0 {
		t.Errorf("got %d rounds and %v allocations, want 9 and none", len(one.Times), one.Allocs)
	}
	if got := measure.Ratio(two, one).Median; got < 1.5 || got > 2.5 {
		t.Errorf("twice the work takes %.2f times the time", got)
	}
	if err := measure.Compare(measure.Options{Rounds: 1}, measure.Each("bad", func() error { return errBad })); !errors.Is(err, errBad) {
		t.Errorf("got %v, want %v", err, errBad)
	}
}

var (
	sink   float64
	errBad = errors.New("bad")
)
