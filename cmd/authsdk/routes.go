package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// routesCmd shows what an OpenAPI document protects, and what a change of it
// opens or closes.
type routesCmd struct {
	Document string `arg:""                              help:"The OpenAPI document."          type:"existingfile"`
	Diff     string `help:"Compare with this older one; exit with 1 if a route became less guarded." placeholder:"OLD" type:"existingfile"`
	JSON     bool   `help:"Write JSON."`
}

// errOpened is a change that guards a route less.
var errOpened = errors.New("a route became less guarded")

// route is an operation as it is shown.
type route struct {
	Operation string `json:"operation"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Guard     string `json:"guard"`
	Public    bool   `json:"public"`
}

// Run shows the routes.
func (r *routesCmd) Run(c console) error {
	table, err := readTable(r.Document)
	if err != nil {
		return err
	}
	if r.Diff != "" {
		return r.compare(c, table)
	}
	routes := make([]route, len(table.Operations))
	for i := range table.Operations {
		op := &table.Operations[i]
		routes[i] = route{op.ID, op.Method, op.Path, table.Guard(op), op.Public()}
	}
	if r.JSON {
		return writeJSON(c, routes)
	}
	out := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "METHOD\tPATH\tOPERATION\tGUARD")
	for _, r := range routes {
		guard := r.Guard
		if r.Public {
			guard = "PUBLIC"
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", r.Method, r.Path, r.Operation, guard)
	}
	return out.Flush()
}

func readTable(path string) (*security.Table, error) {
	doc, err := openapi.LoadFile(path)
	if err != nil {
		return nil, err
	}
	return openapi.Table(doc)
}

func writeJSON(c console, v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// change is a difference as it is shown.
type change struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Effect string `json:"effect"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

// compare shows what the document changes against the older one.
func (r *routesCmd) compare(c console, table *security.Table) error {
	old, err := readTable(r.Diff)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Diff, err)
	}
	changes, opened := []change{}, false
	for _, d := range security.Diff(old, table) {
		changes = append(changes, change{d.Method, d.Path, d.Effect.String(), d.Old, d.New})
		opened = opened || d.Effect == security.Opened
	}
	if r.JSON {
		err = writeJSON(c, changes)
	} else {
		for _, d := range changes {
			_, _ = fmt.Fprintf(c.out, "%-8s %s %s\n", d.Effect, d.Method, d.Path)
			if d.Old != "" {
				_, _ = fmt.Fprintf(c.out, "  - %s\n", d.Old)
			}
			if d.New != "" {
				_, _ = fmt.Fprintf(c.out, "  + %s\n", d.New)
			}
		}
	}
	if err == nil && opened {
		err = errOpened
	}
	return err
}
