package examples_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// TestDocuments: every Go and every TypeScript block of the documentation
// stands, word for word, in a program here, so that it compiles and runs.
func TestDocuments(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for language, places := range map[string][]string{"go": {"*/*.go", "*/*/*.go"}, "ts": {"web/*.ts", "web/src/*.ts"}} {
		programs := sources(t, places)
		blocks := 0
		for _, page := range append(pages, "../README.md") {
			for _, block := range codeBlocks(read(t, page), language) {
				blocks++
				if !stands(block, programs) {
					t.Errorf("%s: this block stands in no program under examples/:\n%s", page, block)
				}
			}
		}
		if blocks == 0 {
			t.Errorf("no block in %s was found", language)
		}
	}
}

func sources(t *testing.T, places []string) []string {
	t.Helper()
	var programs []string
	for _, place := range places {
		files, err := filepath.Glob(place)
		if err != nil || len(files) == 0 {
			t.Fatalf("no programs at %s: %v", place, err)
		}
		for _, name := range files {
			programs = append(programs, read(t, name))
		}
	}
	return programs
}

func stands(block string, programs []string) bool {
	return slices.ContainsFunc(programs, func(source string) bool { return strings.Contains(source, block) })
}

func codeBlocks(page, language string) []string {
	var blocks []string
	for _, part := range strings.Split(page, "```"+language+"\n")[1:] {
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

// TestOptions: docs/options.md has a row for every field, and for no other.
func TestOptions(t *testing.T) {
	t.Parallel()
	page := read(t, "../docs/options.md")
	configurations := []reflect.Type{
		reflect.TypeFor[authsdk.IssuerConfig](), reflect.TypeFor[authsdk.VerifierConfig](), reflect.TypeFor[authsdk.Policy](),
		reflect.TypeFor[authsdk.HeaderConfig](), reflect.TypeFor[authsdk.CookieConfig](), reflect.TypeFor[authsdk.CookieNames](),
		reflect.TypeFor[session.Config](), reflect.TypeFor[oauth.Config](), reflect.TypeFor[session.SliderConfig](),
		reflect.TypeFor[revocation.Config](),
	}
	if n := strings.Count(page, "\n## "); n != len(configurations) {
		t.Errorf("docs/options.md has %d chapters, want %d", n, len(configurations))
	}
	for _, c := range configurations {
		_, chapter, found := strings.Cut(page, "\n## `"+c.String()+"`\n")
		if !found {
			t.Errorf("docs/options.md has no chapter %s", c)
		}
		chapter, _, _ = strings.Cut(chapter, "\n## ")
		var rows, fields []string
		for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(chapter, -1) {
			rows = append(rows, row[1])
		}
		for _, field := range reflect.VisibleFields(c) {
			fields = append(fields, field.Name)
		}
		if !reflect.DeepEqual(rows, fields) {
			t.Errorf("docs/options.md, %s:\n got %q\nwant %q", c, rows, fields)
		}
	}
}

// TestLinks: what a page links to within the repository is there, headings included.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md") {
		text := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`").ReplaceAllString(read(t, page), "")
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			path, heading, _ := strings.Cut(link[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, link[1])
			} else if heading != "" && !headings(read(t, target))[heading] {
				t.Errorf("%s links to %s, which has no such heading", page, link[1])
			}
		}
	}
}

// headings are what a page can be entered at.
func headings(page string) map[string]bool {
	found := map[string]bool{}
	for _, anchor := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(page, -1) {
		found[anchor[1]] = true
	}
	for _, line := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		text := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(line[1]), "")
		found[strings.ReplaceAll(text, " ", "-")] = true
	}
	return found
}
