//go:build linux

package faults_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/internal/testservice"
)

// usage is what a process holds.
type usage struct{ files, threads, kib int }

func (p *process) usage() usage {
	p.t.Helper()
	var u usage
	dir := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	files, err := os.ReadDir(dir + "fd")
	if err != nil {
		p.t.Fatal(err)
	}
	u.files = len(files)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		name, value, _ := strings.Cut(string(line), ":")
		number, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch name {
		case "VmRSS":
			u.kib = number
		case "Threads":
			u.threads = number
		}
	}
	return u
}

// mostConnections returns how many connections to an address there were at most,
// until ended.
func (p *process) mostConnections(address string, ended <-chan struct{}) (most int) {
	_, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	remote := fmt.Sprintf(":%04X 01 ", number) // established
	for {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", p.cmd.Process.Pid))
		if err != nil {
			p.t.Error(err)
			return most
		}
		most = max(most, strings.Count(string(table), remote))
		select {
		case <-ended:
			return most
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// askTogether has n clients ask at the same moment.
func askTogether(n int, ask func() answer) []timed {
	answers := make([]timed, n)
	var asking sync.WaitGroup
	for i := range answers {
		asking.Go(func() { at := time.Now(); answers[i] = timed{ask(), at} })
	}
	asking.Wait()
	return answers
}

// TestP09SlowEngine has 200 clients refresh over a wire that is slow, silent or
// breaks. No answer takes longer than the deadline, the connections are as many as
// the pool may have, and all is as before when the wire is mended.
func TestP09SlowEngine(t *testing.T) { //nolint:tparallel // beside no other test
	eachEngineTogether(t, func(t *testing.T, e *engine) {
		dir, w := t.TempDir(), newWire(t, e.address)
		flags := e.flags(w.address())
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		const clients = 200
		first := want(t, "login", p.login(t.Context()), http.StatusOK)
		token := first.text("refresh_token")
		p.http.CloseIdleConnections()
		base := p.usage()
		type slow struct {
			name  string
			fault fault
		}
		tests := []slow{{"silent", fault{silent: true}}, {"reset after 300 bytes", fault{reset: 300}}}
		if long() {
			tests = append(tests, slow{"2 s late", fault{delay: 2 * time.Second}}, slow{"30 s late", fault{delay: 30 * time.Second}},
				slow{"1 kB/s", fault{rate: 1000}})
		}
		for _, tt := range tests {
			w.set(tt.fault)
			counted := make(chan int)
			ended := make(chan struct{})
			go func() { counted <- p.mostConnections(w.address(), ended) }()
			answers := askTogether(clients, func() answer { return p.refresh(t.Context(), token) })
			close(ended)
			open, most := <-counted, time.Duration(0)
			counts := map[int]int{}
			for _, a := range answers {
				counts[a.status]++
				most = max(most, a.took)
				if a.status != http.StatusOK && a.status != http.StatusServiceUnavailable {
					t.Fatalf("%s: got %s, want 200 or 503", tt.name, a)
				}
			}
			if most > 2*deadline { // a refresh reads and then writes
				t.Errorf("%s: the slowest answer took %s", tt.name, most)
			}
			// The largest pool has 20; while one connection ends, PostgreSQL is told over
			// another that its call was given up, and a third takes its place.
			if open > 3*20 {
				t.Errorf("%s: %d connections to the engine", tt.name, open)
			}
			w.set(fault{cut: true})
			w.set(fault{})
			took := within(t, recovery, "refresh after "+tt.name, func() bool {
				a := p.refresh(t.Context(), token)
				if a.status == http.StatusOK {
					token = a.text("refresh_token")
				}
				return a.status == http.StatusOK
			})
			p.http.CloseIdleConnections()
			settled := within(t, 10*time.Second, "files closed after "+tt.name, func() bool { return p.usage().files <= base.files+24 })
			t.Logf("%s: %v, slowest %s, %d connections; works %s after, files closed %s after that",
				tt.name, counts, most.Round(time.Millisecond), open, took.Round(time.Millisecond), settled.Round(time.Millisecond))
		}
		if n := events(p.log.String(), "reuse_detected"); n != 0 {
			t.Errorf("%d false alarms", n)
		}
	})
}

// TestP10PoolExhausted locks the table of sessions, so that every connection of
// the pool waits, and has 500 clients refresh. They are refused when their time is
// over; what needs no store is answered as always.
func TestP10PoolExhausted(t *testing.T) {
	faults(t)
	e := startPostgres(t, t.TempDir())
	dir, flags := t.TempDir(), []string{"--store", testservice.With(t, e.url(e.address), "pool_max_conns", "5")}
	addUser(t, dir, flags)
	p := serve(t, dir, flags...)
	token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
	release := lockTable(t, e.url(e.address))
	stop := load(100, func() answer { return p.call(t.Context(), http.MethodGet, "/.well-known/jwks.json", "", nil) })
	answers := askTogether(500, func() answer { return p.refresh(t.Context(), token) })
	others := stop()
	release()
	counts, most := map[int]int{}, time.Duration(0)
	for _, a := range answers {
		counts[a.status]++
		most = max(most, a.took)
	}
	if counts[http.StatusServiceUnavailable] != 500 || most > deadline+time.Second {
		t.Errorf("got %v, the slowest after %s, want 500 times 503 within %s", counts, most, deadline)
	}
	slowestOther, p99 := slowest(others)
	for _, a := range others {
		if a.status != http.StatusOK {
			t.Fatalf("key set: got %s", a)
		}
	}
	if p99 > 500*time.Millisecond {
		t.Errorf("key set: p99 %s", p99)
	}
	took := within(t, recovery, "recovery", func() bool { return p.refresh(t.Context(), token).status == http.StatusOK })
	t.Logf("500 clients, 5 connections: %v, slowest %s; key set meanwhile p99 %s, slowest %s; works %s after",
		counts, most.Round(time.Millisecond), p99, slowestOther, took.Round(time.Millisecond))
}

// TestP22Overload offers five times the logins that the machine can hash. The
// surplus is refused, what is let through is as much as before, memory stays
// bounded, and afterwards all is as before.
func TestP22Overload(t *testing.T) {
	faults(t)
	dir := t.TempDir()
	addUser(t, dir, nil)
	p := serve(t, dir)
	login := func() answer { return p.login(t.Context()) }
	capacity := func(callers int, d time.Duration) float64 {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		var (
			mu      sync.Mutex
			done    int
			working sync.WaitGroup
		)
		for range callers {
			working.Go(func() {
				for ctx.Err() == nil {
					if login().status == http.StatusOK {
						mu.Lock()
						done++
						mu.Unlock()
					}
				}
			})
		}
		working.Wait()
		return float64(done) / d.Seconds()
	}
	capacity(4, time.Second)
	before := capacity(4, 3*time.Second)
	idle := p.usage()
	d := time.Duration(times(10, 60)) * time.Second
	stop := load(int(5*before), login)
	most := usage{}
	for begun := time.Now(); time.Since(begun) < d; time.Sleep(100 * time.Millisecond) {
		now := p.usage()
		most.kib, most.threads, most.files = max(most.kib, now.kib), max(most.threads, now.threads), max(most.files, now.files)
	}
	offered := time.Now()
	answers := stop()
	counts := map[int]int{}
	good := 0
	for _, a := range answers {
		counts[a.status]++
		if a.status == http.StatusOK && a.at.Before(offered) {
			good++
		}
		if a.status != http.StatusOK && a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests {
			t.Fatalf("got %s", a)
		}
	}
	goodput := float64(good) / d.Seconds()
	after := within(t, recovery, "recovery", func() bool { return login().status == http.StatusOK })
	// What the machine can do changes, where it does something else as well.
	alone := min(before, capacity(4, 3*time.Second))
	if goodput < 0.8*alone {
		t.Errorf("goodput: got %.0f logins a second of %.0f alone, want 80 %%", goodput, alone)
	}
	if grown := most.kib - idle.kib; grown > 256<<10 {
		t.Errorf("memory grew by %d MiB", grown>>10)
	}
	t.Logf("%.0f logins a second alone; %.0f offered for %s: %.0f a second let through, %v, %d MiB at most, works %s after",
		alone, 5*before, d, goodput, counts, most.kib>>10, after.Round(time.Millisecond))
}
