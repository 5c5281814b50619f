package main

import (
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

type specDiffCmd struct {
	Old  string `arg:"" help:"The document before." type:"existingfile"`
	New  string `arg:"" help:"The document after."  type:"existingfile"`
	JSON bool   `help:"Write JSON."`
}

// errBreaks is a change that clients do not survive.
var errBreaks = errors.New("a client of the older document breaks")

// breakage is a change as it is shown.
type breakage struct {
	Level  string `json:"level"` // error or warning
	ID     string `json:"id"`
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Text   string `json:"text"`
}

// Run shows what breaks clients, and then what guards a route less or more.
func (s *specDiffCmd) Run(c console) error {
	found, broken, err := breaks(s.Old, s.New)
	if err != nil {
		return err
	}
	if !s.JSON {
		for _, b := range found {
			_, _ = fmt.Fprintf(c.out, "%-8s %s %s\n  %s\n", b.Level, b.Method, b.Path, b.Text)
		}
	} else if err := writeJSON(c, found); err != nil {
		return err
	}
	table, err := readTable(s.New)
	if err != nil {
		return fmt.Errorf("%s: %w", s.New, err)
	}
	guards := routesCmd{Document: s.New, Diff: s.Old, JSON: s.JSON}
	err = guards.compare(c, table)
	if broken {
		err = errors.Join(errBreaks, err)
	}
	return err
}

// breaks compares two documents as a client of the older one sees them.
func breaks(older, newer string) (found []breakage, broken bool, err error) {
	loader := openapi3.NewLoader()
	var specs [2]*load.SpecInfo
	for i, path := range []string{older, newer} {
		if specs[i], err = load.NewSpecInfo(loader, load.NewSource(path)); err != nil {
			return nil, false, fmt.Errorf("%s: %w", path, err)
		}
	}
	changes, sources, err := diff.GetPathsDiff(diff.NewConfig(), specs[:1], specs[1:])
	if err != nil {
		return nil, false, err
	}
	say := checker.NewDefaultLocalizer()
	found = []breakage{}
	for _, change := range checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), changes, sources) {
		b := breakage{
			Level: "warning", ID: change.GetId(), Method: change.GetOperation(), Path: change.GetPath(),
			Text: change.GetUncolorizedText(say),
		}
		if change.IsBreaking() && change.GetLevel() == checker.ERR {
			b.Level, broken = "error", true
		}
		found = append(found, b)
	}
	return found, broken, nil
}
