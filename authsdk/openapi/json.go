package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// checkJSON refuses, if data is JSON, what the parser passes over in silence:
// members that stand twice, of which it takes the last, and a security that is
// null. In YAML the parser refuses the first, [Table] the second. Names that
// differ in case are two names, as paths are: package strictjson refuses those.
func checkJSON(data []byte) error {
	if !json.Valid(data) { // which also bounds the depth
		return nil
	}
	s := scan{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	s.value()
	return errors.Join(s.errs...)
}

// scan goes through JSON that is valid.
type scan struct {
	data  []byte
	dec   *json.Decoder
	read  int // what line counts the lines of
	line  int
	place []string // names on the way to the present value
	errs  []error
}

func (s *scan) next() json.Token {
	tok, err := s.dec.Token()
	if err != nil {
		return nil // not in valid JSON
	}
	at := int(s.dec.InputOffset())
	s.line += bytes.Count(s.data[s.read:at], []byte("\n"))
	s.read = at
	return tok
}

func (s *scan) failf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	s.errs = append(s.errs, fmt.Errorf("line %d: %s: %w", s.line, placeName(s.place), err))
}

// value reads a value and reports whether it is null.
func (s *scan) value() bool {
	tok := s.next()
	switch tok {
	case json.Delim('{'):
		s.object()
	case json.Delim('['):
		for s.dec.More() {
			s.value()
		}
		s.next()
	}
	return tok == nil
}

func (s *scan) object() {
	names := map[string]bool{}
	empty := false
	for s.dec.More() {
		name, _ := s.next().(string)
		if names[name] {
			s.failf("the member %q stands twice: remove one", name)
		}
		names[name] = true
		s.place = append(s.place, name)
		if null := s.value(); null && name == "security" {
			empty = true
		}
		s.place = s.place[:len(s.place)-1]
	}
	// Elsewhere it is data: what tells operations is that they need responses.
	if empty && (len(s.place) == 0 || names["responses"]) {
		s.failf(emptySecurity)
	}
	s.next()
}

const emptySecurity = "security is empty: write [] to admit everybody, or leave it out"

// placeName writes the names that lead to a place of the document.
func placeName(place []string) string {
	if len(place) == 0 {
		return "the document"
	}
	return strings.Join(place, ".")
}
