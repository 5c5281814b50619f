package strictjson

import (
	"strings"
	"unicode"
)

// names are the names of one object so far. An object has few as a rule, which
// are compared one by one; from some number on they are kept by their folded form.
type names struct {
	few    [16]string
	n      int
	shapes uint64 // of the names in few, one bit each
	other  bool   // one of them may not be ASCII
	many   map[string]struct{}
}

// add adds name and reports whether it is like none before. Ascii is only true
// if all of it is.
func (n *names) add(name string, ascii bool) bool {
	if n.many != nil {
		return n.addFolded(name)
	}
	shape := shapeOf(name)
	n.other = n.other || !ascii
	// Of two names of ASCII letters that are alike the shapes are equal, too.
	if n.shapes&shape != 0 || n.other {
		for _, before := range n.few[:n.n] {
			if strings.EqualFold(before, name) {
				return false
			}
		}
	}
	if n.n == len(n.few) {
		n.many = make(map[string]struct{}, 2*len(n.few))
		for _, before := range n.few {
			n.addFolded(before)
		}
		return n.addFolded(name)
	}
	n.shapes |= shape
	n.few[n.n] = name
	n.n++
	return true
}

func (n *names) addFolded(name string) bool {
	folded := Fold(name)
	if _, there := n.many[folded]; there {
		return false
	}
	n.many[folded] = struct{}{}
	return true
}

// shapeOf returns a bit for what look-alikes in ASCII have in common: their
// first and last letter, whatever its case. The names of the claims of RFC 7519
// and of this SDK have different ones.
func shapeOf(name string) uint64 {
	if name == "" {
		return 1
	}
	const lower = 0x20
	first, last := uint(name[0]|lower), uint(name[len(name)-1]|lower)
	return 1 << ((first + 2*last) % 64)
}

// Fold returns the form under which two names count as look-alikes: case is
// folded the way encoding/json folds it, U+017F and U+212A included.
func Fold(name string) string {
	return strings.Map(foldRune, name)
}

// foldRune returns the smallest rune that r folds to and from.
func foldRune(r rune) rune {
	smallest := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if f < smallest {
			smallest = f
		}
	}
	return smallest
}
