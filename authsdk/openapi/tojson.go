package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// JSON returns a document, YAML or JSON, as JSON. Members keep their order, so
// that equal documents give equal bytes and a reader finds things where the author
// put them. It does not check what the document says; an alias or a name that is no
// string is refused, as JSON has neither.
func JSON(document []byte) ([]byte, error) {
	root, err := tree(document)
	if err != nil {
		return nil, err
	}
	return encodeJSON(root)
}

// tree parses a document, and returns its outermost object.
func tree(document []byte) (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if root.Kind != yaml.DocumentNode || root.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("openapi: the document is empty, or no object")
	}
	return root.Content[0], nil
}

func encodeJSON(root *yaml.Node) ([]byte, error) {
	var compact, indented bytes.Buffer
	if err := writeNode(&compact, root); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

func writeNode(w *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return writeObject(w, n)
	case yaml.SequenceNode:
		return writeArray(w, n)
	case yaml.ScalarNode:
		var value any
		if err := n.Decode(&value); err != nil {
			return err
		}
		if _, ok := value.(time.Time); ok { // JSON has no dates
			value = n.Value
		}
		return writeScalar(w, value)
	default:
		return fmt.Errorf("line %d: aliases have no counterpart in JSON, write the value out", n.Line)
	}
}

func writeObject(w *bytes.Buffer, n *yaml.Node) error {
	w.WriteByte('{')
	for i := 0; i < len(n.Content); i += 2 {
		if i > 0 {
			w.WriteByte(',')
		}
		name, value := n.Content[i], n.Content[i+1]
		if name.ShortTag() != "!!str" {
			return fmt.Errorf("line %d: the name %q is not a string, quote it", name.Line, name.Value)
		}
		if err := writeScalar(w, name.Value); err != nil {
			return err
		}
		w.WriteByte(':')
		if err := writeNode(w, value); err != nil {
			return err
		}
	}
	w.WriteByte('}')
	return nil
}

func writeArray(w *bytes.Buffer, n *yaml.Node) error {
	w.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			w.WriteByte(',')
		}
		if err := writeNode(w, item); err != nil {
			return err
		}
	}
	w.WriteByte(']')
	return nil
}

// writeScalar spares the characters that JSON need not escape outside HTML.
func writeScalar(w *bytes.Buffer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
