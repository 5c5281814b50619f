package strictjson

import (
	"encoding/json"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String returns the string at an index, decoded, and the index behind it,
// which is 0 if no string is there. Plain says that it is printable ASCII and
// stood there without escapes.
//
// It looks at eight bytes at once: the lowest byte whose top bit is set in
// marked is not printable ASCII, or is a quote or a backslash; what is marked
// above it may be none.
func String(text string, at int) (s string, end int, plain bool) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	if byteAt(text, at) != '"' {
		return "", 0, false
	}
	end = at + 1
	for len(text)-end >= 8 {
		t := text[end : end+8]
		w := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		marked := w - ones*' '   // below the blank
		marked |= w | (w + ones) // DEL, and beyond ASCII
		marked |= (w ^ ones*'"') - ones
		marked |= (w ^ ones*'\\') - ones
		if marked &= tops; marked != 0 {
			end += bits.TrailingZeros64(marked) / 8
			break
		}
		end += 8
	}
	if byteAt(text, end) == '"' {
		return text[at+1 : end], end + 1, true
	}
	return unusual(text, at, end)
}

// unusual is String for what String cannot read: the end of a text, and what is
// not plain. All before end is.
func unusual(text string, at, end int) (string, int, bool) {
	plain := true
	for {
		switch c := byteAt(text, end); {
		case c == '"' && plain:
			return text[at+1 : end], end + 1, true
		case c == '"':
			return decoded(text, at, end+1)
		case c == '\\':
			size := escapeSize(text[end:])
			if size == 0 {
				return "", 0, false
			}
			end += size
			plain = false
		case c < ' ': // a control character, or the end
			return "", 0, false
		default:
			end++
			plain = plain && c < 0x7F
		}
	}
}

// decoded returns the string from at to end.
func decoded(text string, at, end int) (string, int, bool) {
	var s string
	if !unicodeText(text[at:end]) || json.Unmarshal([]byte(text[at:end]), &s) != nil {
		return "", 0, false
	}
	return s, end, false
}

// escapeSize returns the length of the escape at the start of text, or 0.
func escapeSize(text string) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	}
	if _, ok := escape(text); ok {
		return 6
	}
	return 0
}

// unicodeText reports whether text is UTF-8 and its escapes are Unicode, too.
func unicodeText(text string) bool { return utf8.ValidString(text) && !loneSurrogate(text) }

// loneSurrogate reports whether text holds a \uD800–\uDFFF escape that is not
// half of a pair. encoding/json reads each as U+FFFD, so that two different
// strings become one.
func loneSurrogate(text string) bool {
	for i := strings.IndexByte(text, '\\'); 0 <= i && i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		r, ok := escape(text[i:])
		switch {
		case !ok:
			i++ // a two-character escape, \\ among them
		case r < 0xD800 || r > 0xDFFF:
			i += 5
		default:
			low, ok := escape(text[min(i+6, len(text)):])
			if r >= 0xDC00 || !ok || low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		}
	}
	return false
}

// escape reads the \uXXXX at the start of text.
func escape(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}
