//go:build linux

package faults_test

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// soakVariable says how long TestSoak takes, such as 10m.
const soakVariable = "AUTHSDK_SOAK"

// soaker is one client of the soak: a browser that somebody uses for hours.
type soaker struct {
	access, token string
	random        *rand.Rand
}

// tally counts what came of the soak.
type tally struct {
	mu     sync.Mutex
	counts map[string]map[int]int
	failed []timed // outside the outages
}

func (c *tally) add(what string, a timed, isBad bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[what] == nil {
		c.counts[what] = map[int]int{}
	}
	c.counts[what][a.status]++
	if isBad {
		c.failed = append(c.failed, a)
	}
}

// step asks what such a client asks: 90 of 100 times whether it is logged in, 8 times
// for new tokens, now and then it logs out and in, but not in a calm; 5 of 100
// tokens are bad.
func (s *soaker) step(ctx context.Context, p *process, c *tally, calm bool) {
	note := func(what string, a answer, wanted int) bool {
		c.add(what, timed{a, time.Now()}, a.status != wanted)
		return a.status == wanted
	}
	switch n := s.random.IntN(104); {
	case calm && s.token == "":
	case s.token == "": // who logs in beside that would push others out, of 20 sessions
		if a := p.login(ctx); note("login", a, http.StatusOK) {
			s.access, s.token = a.text("access_token"), a.text("refresh_token")
		}
	case n < 2 && !calm:
		if a := p.call(ctx, http.MethodPost, "/auth/logout", s.token, nil); note("logout", a, http.StatusNoContent) {
			s.access, s.token = "", ""
		}
	case n < 10:
		if a := p.refresh(ctx, s.token); note("refresh", a, http.StatusOK) {
			s.access, s.token = a.text("access_token"), a.text("refresh_token")
		}
	case n < 15:
		bad := []byte(s.access)
		bad[len(bad)/2] ^= 1
		a := p.me(ctx, string(bad))
		c.add("bad token", timed{a, time.Now()}, a.status == http.StatusOK)
	default:
		note("me", p.me(ctx, s.access), http.StatusOK)
	}
}

// TestSoak uses the server for ten minutes, with one restart of the engine. Outside
// of that nothing fails, and what the process holds does not grow.
func TestSoak(t *testing.T) {
	faults(t)
	d := 12 * time.Second
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if d, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	} else if long() {
		d = 10 * time.Minute
	}
	e := startPostgres(t, t.TempDir())
	dir, flags := t.TempDir(), e.flags(e.address)
	addUser(t, dir, flags)
	t.Setenv("GODEBUG", "gctrace=1")
	t.Setenv("GOGC", "25") // so that it collects in each calm
	p := serve(t, dir, flags...)
	store := openAt(t, e.url(e.address))
	c := &tally{counts: map[string]map[int]int{}}
	// In the last tenths of both halves nobody logs in: a password that is hashed takes
	// 19 MiB, beside which growth would not be seen.
	calms := [2][2]time.Duration{{d * 9 / 20, d / 2}, {d * 19 / 20, d}}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var using sync.WaitGroup
	for i := range 12 {
		s := soaker{random: rand.New(rand.NewPCG(uint64(i), 0))}
		using.Go(func() {
			for ctx.Err() == nil {
				// Whoever has begun to ask waits for the answer.
				at := time.Since(begun)
				calm := calms[0][0] < at && at < calms[0][1] || calms[1][0] < at
				s.step(context.WithoutCancel(ctx), p, c, calm)
				time.Sleep(rand.N(20 * time.Millisecond))
			}
		})
	}
	time.Sleep(d / 4)
	warm := p.least(d / 4)
	down := time.Now()
	e.stop(syscall.SIGINT)
	e.start()
	// The breaker rests for a second; the clients had connections to nowhere.
	up := time.Now().Add(2 * time.Second)
	time.Sleep(d / 4)
	late := p.least(d / 4) // with the calm, as in the second quarter
	using.Wait()
	p.http.CloseIdleConnections()
	time.Sleep(time.Second)
	after := p.usage()
	outage := 0
	for _, a := range c.failed {
		switch {
		case a.status == http.StatusServiceUnavailable && a.at.After(down) && a.at.Before(up):
			outage++
		default:
			t.Errorf("outside the outage: got %s, %s after it began", a, a.at.Sub(down))
		}
	}
	live, err := store.Sessions(t.Context(), subjectOf(t, p), time.Now())
	if err != nil || len(live) > 20 {
		t.Errorf("got %d live sessions of one subject and error %v, want at most 20", len(live), err)
	}
	for {
		pruned, err := session.Prune(t.Context(), store, time.Now().Add(365*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if pruned == 0 {
			break
		}
	}
	if n := events(p.log.String(), "reuse_detected"); n != 0 {
		t.Errorf("%d false alarms", n)
	}
	// In the first minutes the verifier fills its memory of good tokens.
	filled := d >= 10*time.Minute
	if filled && late.kib > warm.kib+warm.kib/4 {
		t.Errorf("memory: at least %d KiB in the second quarter, %d KiB in the last", warm.kib, late.kib)
	}
	warmHeap, lateHeap := leastHeap(p.log.String(), calms[0]), leastHeap(p.log.String(), calms[1])
	if filled && lateHeap > warmHeap+2 {
		t.Errorf("what is in use after a collection: at least %d MB in the first half, %d MB in the second", warmHeap, lateHeap)
	}
	if after.files > warm.files || after.threads > warm.threads+8 {
		t.Errorf("got %+v after a quarter and %+v in the end", warm, after)
	}
	t.Logf("%s: %v; %d refused in the outage of %s, 0 outside; in use after a collection %d MB in the first half, %d in the second, resident %d KiB and %d, files %d and %d, threads %d and %d, %d goroutines in the end",
		d, c.counts, outage, up.Sub(down).Round(time.Millisecond), warmHeap, lateHeap, warm.kib, late.kib, warm.files, after.files, warm.threads, after.threads, p.goroutines())
}

// least is what the process holds for a while at least; each login that is hashed
// takes 19 MiB more.
func (p *process) least(d time.Duration) usage {
	p.t.Helper()
	least := p.usage()
	for begun := time.Now(); time.Since(begun) < d; time.Sleep(50 * time.Millisecond) {
		now := p.usage()
		least = usage{max(least.files, now.files), max(least.threads, now.threads), min(least.kib, now.kib)}
	}
	return least
}

// collection is how the runtime tells of a garbage collection: when, and how much is
// in use behind it.
var collection = regexp.MustCompile(`gc \d+ @([\d.]+)s .* \d+->\d+->(\d+) MB`)

// leastHeap returns the least that was in use behind a collection in a part of the
// life of a process, in MB.
func leastHeap(log string, part [2]time.Duration) int {
	least := math.MaxInt
	for _, m := range collection.FindAllStringSubmatch(log, -1) {
		at, _ := time.ParseDuration(m[1] + "s")
		if used, err := strconv.Atoi(m[2]); err == nil && part[0] <= at && at <= part[1] {
			least = min(least, used)
		}
	}
	return least
}

// subjectOf returns the subject of alice.
func subjectOf(t *testing.T, p *process) string {
	t.Helper()
	a := want(t, "login", p.login(t.Context()), http.StatusOK)
	return want(t, "me", p.me(t.Context(), a.text("access_token")), http.StatusOK).text("sub")
}
