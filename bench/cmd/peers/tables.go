//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/loopback"
	"github.com/authsdk/authsdk-go/bench/internal/measure"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

// Rows that are no library.
const (
	bare   = "*bare crypto*"
	fresh  = "*bare crypto, new HMAC*"
	pooled = "*bare crypto, pooled HMAC*"
	naive  = "*crypto, base64, encoding/json*"
)

func verify(ctx context.Context, out io.Writer, o measure.Options) error {
	return eachAlgorithm(ctx, out, o, "Verify", func(f *peers.Fixture) ([]*measure.Case, error) {
		floor, err := peers.NewFloor(f)
		if err != nil {
			return nil, err
		}
		cases := []*measure.Case{measure.Each(bare, floor.Verify), measure.Each(naive, floor.Naive)}
		if floor.VerifyNew != nil {
			cases[0].Name = pooled
			cases = append(cases, measure.Each(fresh, floor.VerifyNew))
		}
		for _, p := range peers.All() {
			check, err := p.Verify(f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
			cases = append(cases, measure.Each(p.Name, func() error {
				_, err := check(f.Token)
				return err
			}))
		}
		return cases, nil
	})
}

func sign(ctx context.Context, out io.Writer, o measure.Options) error {
	return eachAlgorithm(ctx, out, o, "Sign", func(f *peers.Fixture) ([]*measure.Case, error) {
		floor, err := peers.NewFloor(f)
		if err != nil {
			return nil, err
		}
		cases := []*measure.Case{measure.Each(bare, floor.Sign)}
		if floor.SignPooled != nil {
			cases[0].Name = fresh
			cases = append(cases, measure.Each(pooled, floor.SignPooled))
		}
		for _, p := range peers.All() {
			do, err := p.Sign(f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
			cases = append(cases, measure.Each(p.Name, func() error {
				_, err := do()
				return err
			}))
		}
		return cases, nil
	})
}

// eachAlgorithm prints a table for each, sorted by time. The first case is the
// bare crypto.
func eachAlgorithm(
	ctx context.Context, out io.Writer, o measure.Options, title string, cases func(*peers.Fixture) ([]*measure.Case, error),
) error {
	for _, alg := range peers.Algorithms() {
		f, err := peers.NewFixture(ctx, alg)
		if err != nil {
			return err
		}
		all, err := cases(f)
		if err != nil {
			return err
		}
		if err := measure.Compare(o, all...); err != nil {
			return fmt.Errorf("%s %s: %w", title, alg, err)
		}
		floor := all[0]
		ours := all[slices.IndexFunc(all, func(c *measure.Case) bool { return c.Name == peers.OursName })]
		slices.SortFunc(all, func(a, b *measure.Case) int { return cmp.Compare(a.Median(), b.Median()) })
		fmt.Fprintf(out, "\n### %s, %s\n\n| | CPU time | times %s | times authsdk | allocs |\n| --- | ---: | ---: | ---: | ---: |\n",
			title, alg, floor.Name)
		for _, c := range all {
			fmt.Fprintf(out, "| %s | %s | %s | %s | %.0f |\n",
				c.Name, duration(c.Median()), measure.Ratio(c, floor), measure.Ratio(c, ours), c.Allocs)
		}
	}
	return nil
}

// duration writes nanoseconds with three digits.
func duration(ns float64) string {
	switch {
	case ns >= 100_000:
		return fmt.Sprintf("%.0f µs", ns/1000)
	case ns >= 10_000:
		return fmt.Sprintf("%.1f µs", ns/1000)
	case ns >= 1000:
		return fmt.Sprintf("%.2f µs", ns/1000)
	}
	return fmt.Sprintf("%.0f ns", ns)
}

func perRoute(ctx context.Context, out io.Writer, o measure.Options) error {
	f, err := peers.NewFixture(ctx, authsdk.HS256)
	if err != nil {
		return err
	}
	all, err := routes.Cases(ctx, f)
	if err != nil {
		return err
	}
	if err := measure.Compare(o, all...); err != nil {
		return err
	}
	fmt.Fprint(out, "\n### A guarded request above the bare router, HS256\n\n"+
		"| router | guard | adds | times authsdk | adds allocs |\n| --- | --- | ---: | ---: | ---: |\n")
	eachRoute(all, func(r routes.Route, c, bare, ours *measure.Case) {
		if c == bare {
			fmt.Fprintf(out, "| %s | %s | (%s) | | (%.0f) |\n", r.Router, r.Guard, duration(c.Median()), c.Allocs)
			return
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %.0f |\n", r.Router, r.Guard, duration(measure.Above(c, bare).Median),
			measure.RatioAbove(c, bare, ours, bare), c.Allocs-bare.Allocs)
	})
	return nil
}

func wholeServer(ctx context.Context, out io.Writer, o measure.Options) (err error) {
	server, err := loopback.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	var all []*measure.Case
	for i := range routes.All() {
		c, err := server.Case(ctx, i)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	o.Batch, o.Clock, o.NoAllocs = 5*o.Batch, server.CPUTime, true // what a request takes varies more
	if err := measure.Compare(o, all...); err != nil {
		return err
	}
	fmt.Fprint(out, "\n### A whole server over loopback, HS256: its own CPU time per request\n\n"+
		"| router | guard | CPU time | times the open route |\n| --- | --- | ---: | ---: |\n")
	eachRoute(all, func(r routes.Route, c, bare, _ *measure.Case) {
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", r.Router, r.Guard, duration(c.Median()), measure.Ratio(c, bare))
	})
	return nil
}

// eachRoute calls row for each case with the bare one and ours of its router,
// which come first.
func eachRoute(all []*measure.Case, row func(r routes.Route, c, bare, ours *measure.Case)) {
	var bare, ours *measure.Case
	for i, r := range routes.All() {
		if r.Guard == routes.Bare {
			bare, ours = all[i], all[i+1]
		}
		row(r, all[i], bare, ours)
	}
}
