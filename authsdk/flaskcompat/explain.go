package flaskcompat

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// explain says in the words of Python's json module why text is no JSON. Text
// that Python reads and encoding/json does not is returned in a form that both do.
func explain(text string) (readable, fault string) {
	s := &scanner{text: []rune(text)}
	s.space()
	if s.value() {
		s.space()
		if s.at == len(s.text) {
			return s.readable(), ""
		}
		s.fail("Extra data", s.at)
	}
	line, column := 1, 1
	for _, r := range s.text[:s.fault] {
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return "", fmt.Sprintf("%s: line %d column %d (char %d)", s.words, line, column, s.fault)
}

// scanner reads JSON up to the first fault, in one pass: anybody can send what
// it reads.
type scanner struct {
	text  []rune
	at    int
	odd   [][2]int // where NaN and Infinity stand
	words string
	fault int
	depth int
}

// readable is the text with null for every odd number.
func (s *scanner) readable() string {
	var b strings.Builder
	at := 0
	for _, odd := range s.odd {
		b.WriteString(string(s.text[at:odd[0]]))
		b.WriteString("null")
		at = odd[1]
	}
	b.WriteString(string(s.text[at:]))
	return b.String()
}

func (s *scanner) fail(words string, at int) bool {
	s.words, s.fault = words, at
	return false
}

func (s *scanner) peek() rune {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return -1
}

func (s *scanner) space() {
	for strings.ContainsRune(" \t\r\n", s.peek()) {
		s.at++
	}
}

// literal is a word that stands for itself, or a number.
var literal = regexp.MustCompile(`^(null|true|false|NaN|-?Infinity|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)`)

// maxDepth is how deep lists and objects may be nested.
const maxDepth = 1000

// value reads a value and reports whether it is one.
func (s *scanner) value() bool {
	switch s.peek() {
	case '"':
		return s.str()
	case '{':
		return s.list('}', func() bool {
			if s.peek() != '"' {
				return s.fail("Expecting property name enclosed in double quotes", s.at)
			}
			if !s.str() {
				return false
			}
			s.space()
			if s.peek() != ':' {
				return s.fail("Expecting ':' delimiter", s.at)
			}
			s.at++
			s.space()
			return s.value()
		})
	case '[':
		return s.list(']', s.value)
	}
	return s.literal()
}

// literal reads a word or a number.
func (s *scanner) literal() bool {
	end := s.at
	for end < len(s.text) && strings.ContainsRune("+-.0123456789abcdefghijklmnopqrstuvwxyzEIN", s.text[end]) {
		end++
	}
	found := literal.FindString(string(s.text[s.at:end]))
	if found == "" {
		return s.fail("Expecting value", s.at)
	}
	start := s.at
	s.at += len(found)
	if strings.HasSuffix(found, "N") || strings.HasSuffix(found, "y") {
		s.odd = append(s.odd, [2]int{start, s.at})
	}
	return true
}

// list reads members up to the closing bracket.
func (s *scanner) list(closing rune, member func() bool) bool {
	// Python gives up at a thousand levels, too.
	s.depth++
	if s.depth > maxDepth {
		return s.fail("it is nested too deeply", s.at)
	}
	defer func() { s.depth-- }()
	s.at++
	s.space()
	if s.peek() == closing {
		s.at++
		return true
	}
	for {
		if !member() {
			return false
		}
		s.space()
		switch s.peek() {
		case closing:
			s.at++
			return true
		case ',':
			s.at++
			s.space()
		default:
			return s.fail("Expecting ',' delimiter", s.at)
		}
	}
}

// str reads a string.
func (s *scanner) str() bool {
	start := s.at
	for s.at++; ; s.at++ {
		switch r := s.peek(); {
		case r == '"':
			s.at++
			return true
		case r < 0:
			return s.fail("Unterminated string starting at", start)
		case r < 0x20:
			return s.fail("Invalid control character at", s.at)
		case r == '\\':
			s.at++
			if !s.escape(start) {
				return false
			}
		}
	}
}

// escape reads what follows a backslash.
func (s *scanner) escape(start int) bool {
	switch r := s.peek(); {
	case r < 0:
		return s.fail("Unterminated string starting at", start)
	case r == 'u':
		for i := 1; i <= 4; i++ {
			if s.at+5 >= len(s.text) || !strings.ContainsRune("0123456789abcdefABCDEF", s.text[s.at+i]) {
				return s.fail(`Invalid \uXXXX escape`, s.at)
			}
		}
		s.at += 4
	case !strings.ContainsRune(`"\/bfnrt`, r):
		return s.fail(`Invalid \escape`, s.at-1)
	}
	return true
}

// explainUTF8 says in Python's words why data is no UTF-8.
func explainUTF8(data []byte) string {
	at := 0
	for r, size := utf8.DecodeRune(data); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(data[at:]) {
		at += size
	}
	// A lead byte, and as many of those that may follow it as there are.
	rest, want, end := data[at:], 1, 1
	switch lead := rest[0]; {
	case lead >= 0xc2 && lead <= 0xdf:
		want = 2
	case lead >= 0xe0 && lead <= 0xef:
		want = 3
	case lead >= 0xf0 && lead <= 0xf4:
		want = 4
	}
	for end < want && end < len(rest) && follows(rest[0], rest[end], end) {
		end++
	}
	reason := "invalid continuation byte"
	switch {
	case want == 1:
		reason = "invalid start byte"
	case end == len(rest):
		reason = "unexpected end of data"
	}
	if end == 1 {
		return fmt.Sprintf("'utf-8' codec can't decode byte 0x%02x in position %d: %s", rest[0], at, reason)
	}
	return fmt.Sprintf("'utf-8' codec can't decode bytes in position %d-%d: %s", at, at+end-1, reason)
}

// follows reports whether b may stand at index i behind lead, Unicode table 3-7.
func follows(lead, b byte, i int) bool {
	low, high := byte(0x80), byte(0xbf)
	if i == 1 {
		switch lead {
		case 0xe0:
			low = 0xa0
		case 0xed:
			high = 0x9f
		case 0xf0:
			low = 0x90
		case 0xf4:
			high = 0x8f
		}
	}
	return b >= low && b <= high
}
