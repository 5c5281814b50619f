//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/authsdk/authsdk-go/bench/internal/measure"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

// header tells where and with what the figures are made.
func header(out io.Writer, o measure.Options) {
	fmt.Fprintf(out, "%s, %d cores, %s/%s, %s, load %s; medians of %d rounds of %s, quartiles in brackets.\n",
		processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), load(), o.Rounds, o.Batch)
	fmt.Fprintf(out, "%s.\n", strings.Join(versions(), ", "))
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	one, _, ok := strings.Cut(string(text), " ")
	if !ok {
		return "unknown"
	}
	return one
}

// versions are those of everything that is compared.
func versions() []string {
	modules := map[string]bool{}
	for _, p := range peers.All() {
		modules[p.Module] = true
	}
	for _, r := range routes.All() {
		modules[r.Module] = true
	}
	var out []string
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if modules[d.Path] && d.Replace == nil {
			out = append(out, strings.TrimPrefix(d.Path, "github.com/")+" "+d.Version)
		}
	}
	return out
}
