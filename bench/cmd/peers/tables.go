//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/loopback"
	"github.com/authsdk/authsdk-go/bench/internal/measure"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

// Rows that are no library. HMAC has its own: a state may be pooled or new.
const (
	bare   = "*bare crypto*" // HMAC pooled for verify, new for sign
	fresh  = "*bare crypto, new HMAC*"
	pooled = "*bare crypto, pooled HMAC*"
	naive  = "*bare crypto, base64, encoding/json*"

	remembered = "authsdk, token remembered"
)

func verify(ctx context.Context, out io.Writer, o measure.Options) error {
	return eachAlgorithm(ctx, out, o, "Verify", func(f *peers.Fixture) ([]*measure.Case, error) {
		floor, err := peers.NewFloor(f)
		if err != nil {
			return nil, err
		}
		cases := []*measure.Case{measure.Each(bare, floor.Verify), measure.Each(naive, floor.Naive)}
		if floor.VerifyNew != nil {
			cases = append(cases, measure.Each(fresh, floor.VerifyNew))
		}
		add := func(name string, check func(string) (string, error)) {
			cases = append(cases, measure.Each(name, func() error {
				_, err := check(f.Token)
				return err
			}))
		}
		for _, p := range peers.All() {
			check, err := p.Verify(f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
			add(p.Name, check)
		}
		if check, ok, err := peers.Remembering(f); err != nil {
			return nil, fmt.Errorf("%s: %w", remembered, err)
		} else if ok {
			add(remembered, check)
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

// eachAlgorithm prints one table with a column for each, sorted by the first.
func eachAlgorithm(
	ctx context.Context, out io.Writer, o measure.Options, title string, cases func(*peers.Fixture) ([]*measure.Case, error),
) error {
	columns := make([]map[string]*measure.Case, len(peers.Algorithms()))
	var rows []string
	for i, alg := range peers.Algorithms() {
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
		columns[i] = map[string]*measure.Case{}
		slices.SortFunc(all, func(a, b *measure.Case) int { return cmp.Compare(a.Median(), b.Median()) })
		for _, c := range all {
			columns[i][c.Name] = c
			if !slices.Contains(rows, c.Name) {
				rows = append(rows, c.Name)
			}
		}
	}
	printColumns(out, title, columns, rows)
	return nil
}

// printColumns prints the named rows of the columns, one for each algorithm, and
// how far ours is from the floor.
func printColumns(out io.Writer, title string, columns []map[string]*measure.Case, rows []string) {
	fmt.Fprintf(out, "\n### %s: CPU time, times authsdk, allocations\n\n|", title)
	for _, alg := range peers.Algorithms() {
		fmt.Fprintf(out, " | %s", alg)
	}
	fmt.Fprintf(out, " |\n| ---%s |\n", strings.Repeat(" | ---", len(columns)))
	for _, row := range rows {
		fmt.Fprintf(out, "| %s", row)
		for _, column := range columns {
			if c := column[row]; c != nil {
				fmt.Fprintf(out, " | %s, **%s**, %.0f", duration(c.Median()), measure.Ratio(c, column[peers.OursName]), c.Allocs)
			} else {
				fmt.Fprint(out, " |")
			}
		}
		fmt.Fprintln(out, " |")
	}
	sep := "\n" // in front of the first: the two make one paragraph
	for _, floor := range []string{bare, naive} {
		text := make([]string, 0, len(columns))
		for i, column := range columns {
			if c := column[floor]; c != nil {
				text = append(text, fmt.Sprintf("%s %s", peers.Algorithms()[i], measure.Ratio(column[peers.OursName], c)))
			}
		}
		if len(text) > 0 {
			fmt.Fprintf(out, "%sauthsdk takes so many times %s: %s.\n", sep, floor, strings.Join(text, ", "))
			sep = ""
		}
	}
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
