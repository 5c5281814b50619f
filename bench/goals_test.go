//go:build unix

package bench_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The goals of the guard, beside the router alone. They are not loosened: a
// change that misses one is profiled and mended.
const (
	maxAllocations = 6    // added to a request
	maxShare       = 0.35 // of the time that the official middleware adds
)

const (
	rounds = 21
	batch  = 20 * time.Millisecond
)

// subject is what is measured: one kind of request to one variant of a router.
type subject struct {
	client *client
	want   int
	count  int       // of requests in a batch
	times  []float64 // of one request, in ns, by round
	allocs float64
}

// run sends n requests and returns the CPU time that they took.
func (s *subject) run(t *testing.T, n int) time.Duration {
	t.Helper()
	start := cpuTime(t)
	for range n {
		if got := s.client.send(); got != s.want {
			t.Fatalf("got %d, want %d", got, s.want)
		}
	}
	return cpuTime(t) - start
}

// cpuTime is what the process has used, garbage collection included.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestProtectGoals fails where the guard of a router misses a goal, and prints
// the figures as a Markdown table. Times are medians over the rounds, shares
// medians of what each round gave, with the quartiles.
func TestProtectGoals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds of CPU")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	subjects := map[string]*subject{}
	var all []*subject
	for _, r := range routers() {
		for _, k := range kinds() {
			for _, variant := range r.variants {
				s := &subject{client: newClient(r.build(t, variant), k), want: want(variant), count: 1000}
				s.run(t, s.count) // fills the pools
				s.allocs = testing.AllocsPerRun(s.count, func() { s.client.send() })
				each := s.run(t, s.count) / time.Duration(s.count)
				s.count = int(batch/max(each, time.Nanosecond)) + 1
				subjects[r.name+k.name+variant] = s
				all = append(all, s)
			}
		}
	}
	for range rounds {
		for _, i := range rand.Perm(len(all)) {
			s := all[i]
			s.times = append(s.times, float64(s.run(t, s.count))/float64(s.count))
		}
	}

	var out strings.Builder
	out.WriteString("| router | request | router alone | guard adds | official adds | guard / official |\n" +
		"| --- | --- | ---: | ---: | ---: | ---: |\n")
	for _, r := range routers() {
		for _, k := range kinds() {
			alone, guard, other := subjects[r.name+k.name+plain], subjects[r.name+k.name+table], subjects[r.name+k.name+official]
			fmt.Fprintf(&out, "| %s | %s | %.0f ns, %.0f allocs | %s |", r.name, k.name, quantile(alone.times, 0.5), alone.allocs, guard.above(alone))
			if added := guard.allocs - alone.allocs; added > maxAllocations {
				t.Errorf("%s/%s: the guard adds %v allocations to a request, want at most %v", r.name, k.name, added, maxAllocations)
			}
			if other == nil {
				out.WriteString(" | |\n")
				continue
			}
			var shares []float64
			for i := range rounds {
				shares = append(shares, (guard.times[i]-alone.times[i])/(other.times[i]-alone.times[i]))
			}
			share := quantile(shares, 0.5)
			fmt.Fprintf(&out, " %s | %.2f (%.2f to %.2f) |\n", other.above(alone), share, quantile(shares, 0.25), quantile(shares, 0.75))
			if !(share <= maxShare) { // not a number is no success
				t.Errorf("%s/%s: the guard adds %.2f of what the official middleware adds, want at most %.2f", r.name, k.name, share, maxShare)
			}
		}
	}
	fmt.Fprintf(os.Stdout, "%s, %s/%s, median of %d rounds:\n\n%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds, &out)
}

// above tells what s adds to base.
func (s *subject) above(base *subject) string {
	var added []float64
	for i := range s.times {
		added = append(added, s.times[i]-base.times[i])
	}
	return fmt.Sprintf("%.0f ns, %.0f allocs", quantile(added, 0.5), s.allocs-base.allocs)
}

// quantile returns the value below which a share q of the values lies.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
