package openapi

import (
	"iter"

	"go.yaml.in/yaml/v3"
)

// each returns the members of an object, and none of anything else.
func each(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// member returns one member of an object, or nil.
func member(n *yaml.Node, name string) *yaml.Node {
	for key, value := range each(n) {
		if key == name {
			return value
		}
	}
	return nil
}

// set adds a member to an object.
func set(n *yaml.Node, name string, value *yaml.Node) {
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
}

// object returns a member that is an object; where there is none, an empty one is made.
func object(n *yaml.Node, name string) *yaml.Node {
	found := member(n, name)
	if found == nil {
		found = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		set(n, name, found)
	}
	return found
}

// same reports whether two values are equal, whatever the order of members, the
// style and the comments.
func same(a, b *yaml.Node) bool {
	if a.Kind == yaml.AliasNode { // of one name in two documents
		a = a.Alias
	}
	if b.Kind == yaml.AliasNode {
		b = b.Alias
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind { //nolint:exhaustive // the others have their value
	case yaml.MappingNode:
		if len(a.Content) != len(b.Content) {
			return false
		}
		for name, value := range each(a) {
			if other := member(b, name); other == nil || !same(value, other) {
				return false
			}
		}
		return true
	case yaml.SequenceNode:
		if len(a.Content) != len(b.Content) {
			return false
		}
		for i := range a.Content {
			if !same(a.Content[i], b.Content[i]) {
				return false
			}
		}
		return true
	}
	return a.Value == b.Value && a.ShortTag() == b.ShortTag()
}
