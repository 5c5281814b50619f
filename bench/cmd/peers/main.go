//go:build unix

// Peers compares the SDK with the libraries that people would use in its place,
// and prints the tables of docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/bench/internal/loopback"
	"github.com/authsdk/authsdk-go/bench/internal/measure"
)

func main() {
	loopback.ServeIfAsked()
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// section is one kind of table.
type section struct {
	name  string
	print func(context.Context, io.Writer, measure.Options) error
}

func sections() []section {
	return []section{{"verify", verify}, {"sign", sign}, {"routes", perRoute}, {"server", wholeServer}}
}

func run(args []string, out io.Writer) error {
	all := sections()
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	var o measure.Options
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.IntVar(&o.Rounds, "rounds", 41, "how often each contestant has its turn")
	flags.DurationVar(&o.Batch, "batch", 10*time.Millisecond, "how long a turn takes")
	only := flags.String("only", strings.Join(names, ","), "which tables")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || o.Rounds < 1 || o.Batch <= 0 {
		return errors.New("there are flags alone, and rounds and batch are positive")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	wanted := strings.Split(*only, ",")
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return fmt.Errorf("no table %q: there are %s", name, strings.Join(names, ", "))
		}
	}
	header(out, o)
	for _, s := range all {
		if !slices.Contains(wanted, s.name) {
			continue
		}
		if err := s.print(ctx, out, o); err != nil {
			return err
		}
	}
	return nil
}
