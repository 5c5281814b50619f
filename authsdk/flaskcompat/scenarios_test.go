package flaskcompat_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestScenarios wants each test function of Flask-JWT-Extended 4.7.1 to have
// its counterpart here, once. They are numbered in the order of its files; what
// is Python's or Flask's own says beside it what the counterpart is.
func TestScenarios(t *testing.T) {
	t.Parallel()
	const last = 135
	files, err := filepath.Glob("scenarios_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	places := map[int][]string{}
	name := regexp.MustCompile(`func TestFJE(\d{3})_|"FJE-(\d{3}) `)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllStringSubmatch(string(source), -1) {
			n, _ := strconv.Atoi(m[1] + m[2])
			places[n] = append(places[n], file)
		}
	}
	for n := range last {
		if found := places[n+1]; len(found) != 1 {
			t.Errorf("FJE-%03d stands in %v, want one place", n+1, found)
		}
		delete(places, n+1)
	}
	for n, files := range places {
		t.Errorf("FJE-%03d in %v is no scenario", n, files)
	}
}
