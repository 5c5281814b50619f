// Command authgen writes the security of an OpenAPI document as Go: the table
// of what protects every operation, an interface with one method per security
// scheme, and for clients one option per scheme.
//
//	//go:generate go tool authgen --package api --out security.gen.go openapi.yaml
//
// The same document gives the same bytes. See package openapi for what is
// refused.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
)

// cli is the command line.
type cli struct {
	Document      string `arg:"" help:"The OpenAPI document, YAML or JSON." type:"existingfile"`
	Out           string `help:"File for the table, the interface SecurityHandler and NewSecurityValidator." placeholder:"FILE"`
	Package       string `default:"api" help:"Package of that file."`
	ClientOut     string `help:"File for the options of a client that oapi-codegen generated." placeholder:"FILE"`
	ClientPackage string `default:"client" help:"Package of that file."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) (status int) {
	type exit struct{ code int } // kong ends the program after --help
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exit:
			status = r.code
		default:
			panic(r)
		}
	}()
	var c cli
	parser, err := kong.New(&c, kong.Name("authgen"), kong.Writers(stdout, stderr),
		kong.Description("Write the security of an OpenAPI document as Go."),
		kong.Exit(func(code int) { panic(exit{code}) }))
	if err == nil {
		_, err = parser.Parse(args)
	}
	if err == nil {
		err = c.generate()
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "authgen: %v\n", err)
		return 1
	}
	return 0
}

// generate reads the document and writes the files, all or none of which are
// changed if the document is refused.
func (c *cli) generate() error {
	if c.Out == "" && c.ClientOut == "" {
		return errors.New("nothing to write: give --out, --client-out or both")
	}
	doc, err := openapi.LoadFile(c.Document)
	if err != nil {
		return err
	}
	table, err := openapi.Table(doc)
	if err != nil {
		return err
	}
	g := generator{source: filepath.Base(c.Document), table: table}
	server, err := g.server(c.Package)
	if err != nil {
		return err
	}
	var client []byte
	if c.ClientOut != "" { // some names are refused in clients alone
		if client, err = g.client(c.ClientPackage); err != nil {
			return err
		}
	}
	for path, code := range map[string][]byte{c.Out: server, c.ClientOut: client} {
		if path == "" {
			continue
		}
		if err := os.WriteFile(path, code, 0o644); err != nil { //nolint:gosec // source code, for everybody to read
			return err
		}
	}
	return nil
}
