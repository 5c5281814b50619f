package revocation

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newSet() *set {
	s := &set{}
	s.init()
	return s
}

// TestSetModel compares the set with a map, through growth, ends and new times.
func TestSetModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		s, model := newSet(), map[string]uint32{}
		s.lag = uint32(random.IntN(2)) * 100
		now := uint32(1000)
		for range random.IntN(3000) {
			switch random.IntN(20) {
			case 0:
				now += random.Uint32N(50)
			case 1:
				s.tidy(now)
			default:
				text, at := fmt.Sprint(random.IntN(1500)), now+random.Uint32N(300)
				s.put(text, at, now)
				model[text] = max(model[text], at)
			}
		}
		live := 0
		for text, at := range model {
			got, found := s.get(text)
			if s.over(at, now) {
				if found && got > at {
					t.Fatalf("seed %d: get(%s) after its end: got %d, want %d or nothing", seed, text, got, at)
				}
				continue
			}
			live++
			if !found || got != at {
				t.Fatalf("seed %d: get(%s): got %d and %t, want %d", seed, text, got, found, at)
			}
		}
		for i := range 1000 {
			if at, found := s.get(fmt.Sprint("never put ", i)); found {
				t.Fatalf("seed %d: get of what was never put: got %d", seed, at)
			}
		}
		if got := int(s.used.Load()); got < live {
			t.Errorf("seed %d: used: got %d, want at least %d", seed, got, live)
		}
		s.rebuild(now)
		if got := int(s.used.Load()); got != live {
			t.Errorf("seed %d: used after a rebuild: got %d, want %d", seed, got, live)
		}
	}
}

// TestSetRace reads while the set grows: what was put before is always found.
func TestSetRace(t *testing.T) {
	t.Parallel()
	const texts = 20_000
	s := newSet()
	var put atomic.Int64
	var reading sync.WaitGroup
	for range 4 {
		reading.Go(func() {
			for done := int64(0); done < texts; done = put.Load() {
				if done == 0 {
					continue
				}
				i := rand.Int64N(done)
				if at, found := s.get(fmt.Sprint(i)); !found || at != uint32(1_000+i) {
					t.Errorf("get(%d) when %d were put: got %d and %t", i, done, at, found)
					return
				}
			}
		})
	}
	for i := range texts {
		s.put(fmt.Sprint(i), uint32(1_000+i), 0)
		put.Add(1)
	}
	reading.Wait()
}

const million = 1_000_000

func jti(i int) string { return fmt.Sprintf("ABCDEFGHIJKLMNOP%010d", i) }

func fill(s *set, n int) {
	for i := range n {
		s.put(jti(i), 2_000, 1_000)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestSetMemory holds the set to 20 bytes an entry, wherever it stands between
// two growths, and to giving them back.
func TestSetMemory(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("a million entries")
	}
	base := heap()
	s := newSet()
	worst := 0.0
	for i := range million {
		before := len(s.table.Load().marks)
		s.put(jti(i), 2_000, 1_000)
		if len(s.table.Load().marks) != before && i > 100_000 || i == million-1 { // it is emptiest when it has grown
			each := float64(heap()-base) / float64(i+1)
			worst = max(worst, each)
			t.Logf("%7d entries: %.1f bytes each", i+1, each)
		}
	}
	if worst > 20 {
		t.Errorf("memory: got up to %.1f bytes an entry, want at most 20", worst)
	}
	s.tidy(3_000)
	if left := heap() - base; left > 64<<10 || s.used.Load() != 0 {
		t.Errorf("memory after all have ended: got %d bytes and %d entries, want next to nothing", left, s.used.Load())
	}
	runtime.KeepAlive(s)
}

func BenchmarkSet(b *testing.B) {
	s := newSet()
	fill(s, million)
	plain := map[string]uint32{}
	for i := range million {
		plain[jti(i)] = 2_000
	}
	probes := make([]string, 1<<16)
	for i := range probes {
		probes[i] = jti(million + rand.IntN(million))
	}
	sink := false
	b.Run("live", func(b *testing.B) { // a token that is not in it, as nearly all
		for i := 0; b.Loop(); i++ {
			_, found := s.get(probes[i&(len(probes)-1)])
			sink = sink || found
		}
	})
	b.Run("revoked", func(b *testing.B) {
		for i := range probes {
			probes[i] = jti(rand.IntN(million))
		}
		for i := 0; b.Loop(); i++ {
			_, found := s.get(probes[i&(len(probes)-1)])
			sink = sink || found
		}
	})
	b.Run("map", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, found := plain[probes[i&(len(probes)-1)]]
			sink = sink || found
		}
	})
	b.Run("put", func(b *testing.B) {
		s := newSet()
		for i := 0; b.Loop(); i++ {
			s.put(jti(i), 2_000, 1_000)
		}
	})
	_ = sink
}

// TestSetSpeed compares look-ups of live tokens among a million entries with
// those in a map, in pairs, so that what else the machine does counts for both.
func TestSetSpeed(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("a million entries")
	}
	s, plain := newSet(), map[string]uint32{}
	fill(s, million)
	for i := range million {
		plain[jti(i)] = 2_000
	}
	probes := make([]string, 1<<14)
	for i := range probes {
		probes[i] = jti(million + rand.IntN(million))
	}
	measure := func(get func(string) bool) time.Duration {
		begun := time.Now()
		for _, p := range probes {
			if get(p) {
				t.Fatalf("%s is found, and was never put", p)
			}
		}
		return time.Since(begun)
	}
	ratios := make([]float64, 51)
	var best time.Duration
	for i := range ratios {
		ours := measure(func(p string) bool { _, found := s.get(p); return found })
		theirs := measure(func(p string) bool { _, found := plain[p]; return found })
		ratios[i] = float64(ours) / float64(theirs)
		if best == 0 || ours < best {
			best = ours
		}
	}
	slices.Sort(ratios)
	t.Logf("a look-up takes %.2f of one in a map (median of %d pairs), at best %.0f ns",
		ratios[len(ratios)/2], len(ratios), float64(best)/float64(len(probes)))
	if median := ratios[len(ratios)/2]; median > 2.5 {
		t.Errorf("a look-up takes %.2f of one in a map, want at most 2.5", median)
	}
}
