package revocation

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

const (
	// A table is full at 4/5 and grows by a quarter, so that an entry of 12
	// bytes costs 15 to 19.
	fullNum, fullDen = 4, 5
	growNum, growDen = 5, 4
	smallest         = 64
)

// table is a hash table with open addressing. Instead of a text it has a mark
// of 64 bits, from a hash that is seeded anew in every process: two texts have
// one mark with a probability of 2⁻⁶⁴, and then one is refused with the other.
type table struct {
	marks []atomic.Uint64 // 0 is free
	times []atomic.Uint32 // seconds since 1970
}

func newTable(size int) *table {
	return &table{make([]atomic.Uint64, size), make([]atomic.Uint32, size)}
}

// slot returns where mark stands, or where it would: there is always a free one.
func (t *table) slot(mark uint64) (at int, found bool) {
	hi, _ := bits.Mul64(mark, uint64(len(t.marks)))
	for at = int(hi); ; { //nolint:gosec // less than the length
		switch t.marks[at].Load() {
		case mark:
			return at, true
		case 0:
			return at, false
		}
		at++
		if at == len(t.marks) {
			at = 0
		}
	}
}

// set has a time for each of many texts, in 15 to 19 bytes. Readers need no
// lock; whoever writes must be alone.
type set struct {
	seed  maphash.Seed
	table atomic.Pointer[table]
	// used is how many entries it has.
	used atomic.Int64
	// lag is how long after its time an entry is kept, in seconds.
	lag uint32
}

func (s *set) init() {
	s.seed = maphash.MakeSeed()
	s.table.Store(newTable(smallest))
}

func (s *set) mark(text string) uint64 {
	return max(maphash.String(s.seed, text), 1)
}

// get returns the time of text.
func (s *set) get(text string) (seconds uint32, found bool) {
	t := s.table.Load()
	at, found := t.slot(s.mark(text))
	if !found {
		return 0, false
	}
	return t.times[at].Load(), true
}

// put gives text a time, unless it has a later one. Entries whose time was
// before ended may be dropped.
func (s *set) put(text string, seconds, ended uint32) {
	mark := s.mark(text)
	t := s.table.Load()
	at, found := t.slot(mark)
	if !found && (int(s.used.Load())+1)*fullDen > len(t.marks)*fullNum {
		t = s.rebuild(ended)
		at, found = t.slot(mark)
	}
	if found {
		t.times[at].Store(max(seconds, t.times[at].Load()))
		return
	}
	t.times[at].Store(seconds) // before the mark: who sees that sees the time
	t.marks[at].Store(mark)
	s.used.Add(1)
}

// tidy gives memory back when a quarter of the entries has ended.
func (s *set) tidy(ended uint32) {
	t := s.table.Load()
	gone := 0
	for i := range t.marks {
		if t.marks[i].Load() != 0 && s.over(t.times[i].Load(), ended) {
			gone++
		}
	}
	if gone > 0 && (gone*4 >= int(s.used.Load()) || len(t.marks) == smallest) {
		s.rebuild(ended)
	}
}

func (s *set) over(seconds, ended uint32) bool {
	return uint64(seconds)+uint64(s.lag) < uint64(ended)
}

// rebuild moves what has not ended into a table with room for more. Readers
// go on with the old one until the new one is complete.
func (s *set) rebuild(ended uint32) *table {
	old := s.table.Load()
	live := 0
	for i := range old.marks {
		if old.marks[i].Load() != 0 && !s.over(old.times[i].Load(), ended) {
			live++
		}
	}
	t := newTable(max(smallest, (live*fullDen/fullNum+1)*growNum/growDen))
	for i := range old.marks {
		mark, seconds := old.marks[i].Load(), old.times[i].Load()
		if mark == 0 || s.over(seconds, ended) {
			continue
		}
		at, _ := t.slot(mark)
		t.times[at].Store(seconds)
		t.marks[at].Store(mark)
	}
	s.used.Store(int64(live))
	s.table.Store(t)
	return t
}
