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
	wantNumbers(t, "scenarios_*_test.go", regexp.MustCompile(`func TestFJE(\d{3})_|"FJE-(\d{3}) `), 135)
}

// TestDefects wants the same of each defect that is known of it.
func TestDefects(t *testing.T) {
	t.Parallel()
	wantNumbers(t, "defects*_test.go", regexp.MustCompile(`func TestDefectD(\d{2})_()`), 21)
}

// wantNumbers wants 1 to last in the files, each in one place.
func wantNumbers(t *testing.T, pattern string, name *regexp.Regexp, last int) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	places := map[int][]string{}
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
	for n := 1; n <= last; n++ {
		if found := places[n]; len(found) != 1 {
			t.Errorf("number %d stands in %v, want one place", n, found)
		}
		delete(places, n)
	}
	for n, files := range places {
		t.Errorf("number %d in %v is unknown", n, files)
	}
}
