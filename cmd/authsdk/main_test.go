package main

import (
	"net/url"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/authsdk/authsdk-go/internal/testservice"
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
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: func(e *testscript.Env) error {
		e.Setenv("AUTHSDK_ADDR", "127.0.0.1:0") // `make run` may have the port of the default
		return nil
	}})
}

// TestServers runs the scripts in testdata/servers with a store on each server.
func TestServers(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(testing.TB) string{"postgres": testservice.Postgres, "mysql": testservice.MySQL, "redis": testservice.Redis} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(place(t))
			if err != nil {
				t.Fatal(err)
			}
			if _, set := u.User.Password(); !set && name == "postgres" { // which asks nobody on this machine
				u.User = url.UserPassword(u.User.Username(), "topsecret")
			}
			testscript.Run(t, testscript.Params{Dir: "testdata/servers", Setup: func(e *testscript.Env) error {
				e.Setenv("AUTHSDK_STORE", u.String())
				return nil
			}, Condition: func(condition string) (bool, error) {
				return condition == name, nil
			}})
		})
	}
}
