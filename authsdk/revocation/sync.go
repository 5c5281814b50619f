package revocation

import (
	"context"
	"math"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// batch is how many entries are read at once.
const batch = 1000

// feed is how far a list has read; it belongs to who holds the turn.
type feed struct {
	head Head
	// last is the entry with the Seq of head, if it was there. It is read
	// again every time: a store that has another one there now has lost what it
	// had, and has gone on counting.
	last   Entry
	tidied time.Time
}

// catchUp reads what is new. Of several callers one asks the store, and the
// others, who came before it began, get what it found.
func (l *List) catchUp(ctx context.Context) error {
	before := l.started.Load()
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return authsdk.Unknown("revocations", ctx.Err())
	}
	if l.started.Load() > before {
		if err := l.result.Load(); err != nil {
			return *err
		}
	}
	l.started.Add(1)
	err := l.sync(ctx)
	if err != nil && ctx.Err() != nil {
		l.started.Add(-1) // that only this caller has given up says nothing to the others
		return err
	}
	l.result.Store(&err)
	return err
}

// sync reads until there is nothing new. The caller holds the turn.
func (l *List) sync(ctx context.Context) error {
	for {
		began := l.cfg.Now()
		if l.feed.tidied.Sub(began.Round(0)) > kept {
			// The clock was so far ahead that it has ended what goes on: begin again.
			l.feed = feed{tidied: began}
		}
		after, limit := l.feed.head.Seq, batch
		if l.feed.last.Seq > 0 {
			after, limit = after-1, batch+1
		}
		head, entries, err := l.cfg.Store.Revocations(ctx, began, after, limit)
		if err != nil {
			return authsdk.Unknown("revocations", err)
		}
		switch {
		case head.Epoch == "": // else nothing would be older than it
			return authsdk.Unknown("revocations", errHead)
		case head.Epoch != l.feed.head.Epoch && after > 0: // from the beginning again
			l.feed.head, l.feed.last = Head{}, Entry{}
			continue
		case head.Epoch == l.feed.head.Epoch && l.feed.lost(head, entries, began):
			// What this list has seen it keeps. What nobody has seen is gone.
			if err := l.cfg.Store.RenewRevocations(ctx, head.Epoch, began); err != nil {
				return authsdk.Unknown("revocations", err)
			}
			l.feed.head, l.feed.last = Head{}, Entry{}
			continue
		}
		l.apply(began, entries)
		if len(entries) == limit { // there may be more
			last := entries[limit-1]
			l.feed.last, l.feed.head = last, Head{head.Epoch, head.Created, last.Seq}
			continue
		}
		l.feed.head, l.feed.last = head, Entry{}
		if n := len(entries); n > 0 && entries[n-1].Seq == head.Seq {
			l.feed.last = entries[n-1]
		}
		l.tidy(began)
		l.view.Store(&view{synced: began, floor: floorOf(head.Created), created: head.Created})
		return nil
	}
}

// lost reports whether the store lacks what it had.
func (f *feed) lost(head Head, entries []Entry, now time.Time) bool {
	switch {
	case head.Seq < f.head.Seq:
		return true
	case f.last.Seq == 0:
		return false
	case len(entries) == 0 || entries[0].Seq != f.last.Seq:
		return f.last.Expires.After(now) // nobody prunes that so early
	}
	e := entries[0]
	return e.Kind != f.last.Kind || e.Value != f.last.Value || !e.At.Equal(f.last.At) || !e.Expires.Equal(f.last.Expires)
}

// apply puts entries into the sets. When it returns, readers find them.
func (l *List) apply(now time.Time, entries []Entry) {
	ended := seconds(now.Add(-kept))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		end := seconds(e.Expires)
		if end < ended {
			continue
		}
		switch e.Kind {
		case Token:
			l.tokens.put(e.Value, end, ended)
		case Session:
			l.sessions.put(e.Value, end, ended)
		case Subject:
			at := seconds(e.At)
			if end > at {
				l.subjects.lag = max(l.subjects.lag, end-at)
			}
			l.subjects.put(e.Value, at, ended)
		}
	}
}

// tidy drops what has ended, now and then.
func (l *List) tidy(now time.Time) {
	if since := now.Round(0).Sub(l.feed.tidied); since >= 0 && since < time.Minute {
		return
	}
	l.feed.tidied = now
	ended := seconds(now.Add(-kept))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range []*set{&l.tokens, &l.sessions, &l.subjects} {
		s.tidy(ended)
	}
}

// seconds rounds up, so that no entry ends too early and no cutoff lies too
// low.
func seconds(t time.Time) uint32 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return uint32(min(max(s, 0), math.MaxUint32))
}
