//go:build unix

package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// Case is one of several things that are compared.
type Case struct {
	Name string
	// Do does it n times. Its error ends the comparison.
	Do func(n int) error

	// Times are the nanoseconds of CPU that one took, by round.
	Times []float64
	// Allocs is how often one allocates.
	Allocs float64

	count int // in a batch
}

// Each makes a case of a function that does it once.
func Each(name string, do func() error) *Case {
	return &Case{Name: name, Do: func(n int) error {
		for range n {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// Options say how long is measured.
type Options struct {
	// Rounds is how often each case has its turn.
	Rounds int
	// Batch is about how long a turn takes.
	Batch time.Duration
	// Clock tells the CPU time that was used so far; nil means that of this
	// process, garbage collection included, on one core.
	Clock func() (time.Duration, error)
	// NoAllocs leaves the allocations uncounted, where they happen elsewhere.
	NoAllocs bool
}

// Compare measures all cases in one process, in rounds: each case has a turn in
// each, in a random order, so that what disturbs the machine disturbs all. What
// is compared are therefore times of one round, see [Ratio].
func Compare(o Options, cases ...*Case) error {
	if o.Clock == nil {
		o.Clock = CPUTime
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	}
	for _, c := range cases {
		if err := c.prepare(o); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	for range o.Rounds {
		for _, i := range rand.Perm(len(cases)) { //nolint:gosec // an order, not a secret
			each, err := cases[i].turn(o)
			if err != nil {
				return fmt.Errorf("%s: %w", cases[i].Name, err)
			}
			cases[i].Times = append(cases[i].Times, each)
		}
	}
	return nil
}

// prepare fills pools and caches, counts allocations, and finds how many fit a batch.
func (c *Case) prepare(o Options) error {
	c.count = 50
	if _, err := c.turn(o); err != nil {
		return err
	}
	each, err := c.turn(o)
	if err != nil {
		return err
	}
	c.count = max(int(float64(o.Batch)/max(each, 1)), 1)
	if !o.NoAllocs {
		c.Allocs = testing.AllocsPerRun(200, func() { err = c.Do(1) })
	}
	return err
}

// turn does a batch and returns what one took.
func (c *Case) turn(o Options) (float64, error) {
	start, err := o.Clock()
	if err != nil {
		return 0, err
	}
	if err := c.Do(c.count); err != nil {
		return 0, err
	}
	end, err := o.Clock()
	return float64(end-start) / float64(c.count), err
}

// CPUTime is what this process has used.
func CPUTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// Median is what one took.
func (c *Case) Median() float64 { return quantile(c.Times, 0.5) }

// Spread is a median with the quartiles around it.
type Spread struct{ Low, Median, High float64 }

// String returns the median and the quartiles.
func (s Spread) String() string {
	return fmt.Sprintf("%s (%s to %s)", digits(s.Median), digits(s.Low), digits(s.High))
}

// digits writes a ratio with three digits, and not more than three behind the point.
func digits(f float64) string {
	switch a := math.Abs(f); {
	case a >= 100:
		return fmt.Sprintf("%.0f", f)
	case a >= 10:
		return fmt.Sprintf("%.1f", f)
	case a >= 1:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.3f", f)
}

// Ratio is c beside base, each round for itself.
func Ratio(c, base *Case) Spread {
	return spread(len(c.Times), func(i int) float64 { return c.Times[i] / base.Times[i] })
}

// Above is what c takes more than base.
func Above(c, base *Case) Spread {
	return spread(len(c.Times), func(i int) float64 { return c.Times[i] - base.Times[i] })
}

// RatioAbove is what a takes more than base, beside what b takes more than its own.
func RatioAbove(a, base, b, baseOfB *Case) Spread {
	return spread(len(a.Times), func(i int) float64 {
		return (a.Times[i] - base.Times[i]) / (b.Times[i] - baseOfB.Times[i])
	})
}

func spread(n int, of func(i int) float64) Spread {
	values := make([]float64, n)
	for i := range values {
		values[i] = of(i)
	}
	return Spread{quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)}
}

// quantile returns the value below which a share q of the values lies, or not
// a number if there is none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
