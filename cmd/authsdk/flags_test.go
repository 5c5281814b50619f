package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/alecthomas/kong"
)

// TestFlags: docs/server.md has a row for every flag of the server, with its
// variable and its default, and for no other.
func TestFlags(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/server.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][2]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| (?:`([A-Z_]+)` )?\\| ([^|]*) \\|").FindAllStringSubmatch(string(page), -1) {
		rows[row[1]] = [2]string{row[2], row[3]}
	}
	parser, err := kong.New(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	serve := parser.Model.Children[slices.IndexFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == "serve" })]
	for _, flag := range serve.Flags {
		if flag.Hidden || flag.Name == "help" {
			continue
		}
		row, found := rows[flag.Name]
		delete(rows, flag.Name)
		variable := ""
		if len(flag.Envs) > 0 {
			variable = flag.Envs[0]
		}
		switch {
		case !found:
			t.Errorf("docs/server.md has no row for --%s", flag.Name)
		case row[0] != variable:
			t.Errorf("docs/server.md, --%s: got the variable %q, want %q", flag.Name, row[0], variable)
		case flag.HasDefault && row[1] != "`"+flag.Default+"`":
			t.Errorf("docs/server.md, --%s: got the default %s, want `%s`", flag.Name, row[1], flag.Default)
		}
	}
	if len(rows) > 0 {
		t.Errorf("docs/server.md has rows for what is no flag: %v", reflect.ValueOf(rows).MapKeys())
	}
}
