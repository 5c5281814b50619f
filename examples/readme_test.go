package examples_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocuments: every Go block of the documentation stands, word for word, in
// a program here, so that it compiles and runs.
func TestDocuments(t *testing.T) {
	t.Parallel()
	programs := map[string]string{}
	for _, depth := range []string{"*/*.go", "*/*/*.go"} {
		files, err := filepath.Glob(depth)
		if err != nil || len(files) == 0 {
			t.Fatalf("no programs at %s: %v", depth, err)
		}
		for _, name := range files {
			programs[name] = read(t, name)
		}
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, page := range append(pages, "../README.md") {
		for _, block := range goBlocks(read(t, page)) {
			blocks++
			if !stands(block, programs) {
				t.Errorf("%s: this block stands in no program under examples/:\n%s", page, block)
			}
		}
	}
	if blocks == 0 {
		t.Error("no Go block was found")
	}
}

func stands(block string, programs map[string]string) bool {
	for _, source := range programs {
		if strings.Contains(source, block) {
			return true
		}
	}
	return false
}

func goBlocks(page string) []string {
	var blocks []string
	for _, part := range strings.Split(page, "```go\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadmeIsShort keeps the README what it is for: ten minutes.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(read(t, "../README.md"), "\n"); n > 250 {
		t.Errorf("README.md has %d lines, more than 250", n)
	}
}
