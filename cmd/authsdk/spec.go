package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/gen/spec"
)

// specCmd hands the document of the token endpoints to others, and checks documents.
type specCmd struct {
	Export specExportCmd `cmd:"" help:"Write the OpenAPI document of the token endpoints, alone or into yours."`
	Lint   specLintCmd   `cmd:"" help:"Check whether a document can be enforced, and says what its guards answer."`
	Diff   specDiffCmd   `cmd:"" help:"Show what a change of a document breaks or opens; exit with 1 if it does."`
}

type specExportCmd struct {
	Into     string `help:"Write your document with the endpoints added; it is not changed." placeholder:"DOCUMENT" type:"existingfile"`
	BasePath string `help:"What stands before the paths of the endpoints, such as /api." placeholder:"PATH"`
	Format   string `default:"yaml" enum:"yaml,json" help:"yaml or json."`
}

// Run writes the document.
func (s *specExportCmd) Run(c console) error {
	document := spec.YAML()
	var err error
	switch {
	case s.Into != "":
		into, err := os.ReadFile(s.Into)
		if err != nil {
			return setting("--into: %w", err)
		}
		if document, err = openapi.Merge(into, document, openapi.MergeOptions{BasePath: s.BasePath}); err != nil {
			// The function names its field; people know the flag.
			return setting("--into %s: %s", s.Into, strings.Replace(err.Error(), "openapi: BasePath is", "--base-path is", 1))
		}
	case s.BasePath != "":
		return setting("--base-path is for --into: a document of its own says it by its servers")
	}
	if s.Format == "json" {
		if document, err = openapi.JSON(document); err != nil {
			return err
		}
	}
	_, err = c.out.Write(document)
	return err
}

type specLintCmd struct {
	Document string `arg:"" help:"The OpenAPI document." type:"existingfile"`
	Strict   bool   `help:"Exit with 1 for hints, too."`
}

// errHints are hints where none are wanted.
var errHints = errors.New("there are hints")

// Run reports mistakes as the error, and hints on standard output.
func (s *specLintCmd) Run(c console) error {
	doc, err := openapi.LoadFile(s.Document)
	if err != nil {
		return err
	}
	table, err := openapi.Table(doc)
	if err != nil {
		return err
	}
	var hints []string
	used := map[int]bool{}
	for i := range table.Operations {
		op := &table.Operations[i]
		scoped := false
		for _, alternative := range op.Security {
			for _, r := range alternative {
				used[r.Scheme] = true
				scoped = scoped || len(r.Scopes) > 0
			}
		}
		name := op.Method + " " + op.Path
		said := doc.Paths.Value(op.Path).GetOperation(op.Method)
		responses := said.Responses
		says := func(status int) bool {
			return responses.Status(status) != nil || responses.Default() != nil || responses.Value(fmt.Sprintf("%dXX", status/100)) != nil
		}
		switch {
		case said.Security == nil && doc.Security == nil:
			hints = append(hints, name+" says nothing of its security, and is public: write security: [] if it is meant to be")
		case !op.Public() && !says(401):
			hints = append(hints, name+" is guarded and does not say that it answers 401")
		}
		if scoped && !says(403) {
			hints = append(hints, name+" demands scopes and does not say that it answers 403")
		}
	}
	for i := range table.Schemes {
		if !used[i] {
			hints = append(hints, "no operation uses the scheme "+table.Schemes[i].Name)
		}
	}
	slices.Sort(hints)
	for _, hint := range hints {
		_, _ = fmt.Fprintln(c.out, hint)
	}
	if s.Strict && len(hints) > 0 {
		return errHints
	}
	_, err = fmt.Fprintf(c.out, "%s: %d operations and %d schemes can be enforced\n", s.Document, len(table.Operations), len(table.Schemes))
	return err
}
