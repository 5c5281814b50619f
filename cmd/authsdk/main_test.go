package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this binary be the command, for the scripts and for the tests
// that start a server.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"authsdk": func() { os.Exit(run(os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr})) },
	})
}

// TestScripts runs the scripts in testdata: what people type, and what they read.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}
