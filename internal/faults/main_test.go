package faults_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

// variable says whether to run, and how long.
const variable = "AUTHSDK_FAULTS"

// program is the built command.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Getenv(variable) == "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "authsdk-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "authsdk")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/authsdk").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v: %s\n", err, out)
		return 1
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// faults skips a test where faults are not asked for.
func faults(t *testing.T) {
	t.Helper()
	switch os.Getenv(variable) {
	case "short", "long":
	case "":
		t.Skip("set " + variable + "=short, or run make faults")
	default:
		t.Fatalf("%s is %q: it must be short or long", variable, os.Getenv(variable))
	}
}

// long reports whether there is time.
func long() bool { return os.Getenv(variable) == "long" }

// times returns how often to do something: in CI, or where there is time.
func times(few, many int) int {
	if long() {
		return many
	}
	return few
}
