package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MergeOptions say how Merge adds one document to another. The zero value is
// ready to use.
type MergeOptions struct {
	// BasePath stands before every path that is added: the BasePath of Mount.
	BasePath string
}

// Merge returns document with all that added has beside it: its paths, components
// and tags, so that one document describes a program that mounts both. Info, servers,
// global security and what else document says of itself stay as they are; operations
// of added keep the security that they have. It is written as document is, YAML with
// its comments or JSON.
//
// What would mean two things is refused, all of it together: a path, an operationId or
// a component that both have and that is not the same in both. So merging once more
// changes nothing. Documents of OpenAPI 3.0 and 3.1 do not mix where the older one
// says nullable, which the newer does not know. The result is checked as by Load and
// Table.
func Merge(document, added []byte, o MergeOptions) ([]byte, error) {
	if o.BasePath != "" && (!strings.HasPrefix(o.BasePath, "/") || strings.HasSuffix(o.BasePath, "/")) {
		return nil, fmt.Errorf("openapi: BasePath is %q: write it as /base, or leave it empty", o.BasePath)
	}
	first, err := Load(document)
	if err != nil {
		return nil, fmt.Errorf("the first document: %w", err)
	}
	second, err := Load(added)
	if err != nil {
		return nil, fmt.Errorf("the second document: %w", err)
	}
	m := merger{base: o.BasePath}
	if m.to, err = tree(document); err != nil {
		return nil, err
	}
	if m.from, err = tree(added); err != nil {
		return nil, err
	}
	m.version()
	m.paths()
	m.components()
	m.tags()
	if err := errors.Join(m.errs...); err != nil {
		return nil, fmt.Errorf("openapi: the documents cannot be merged: %w", err)
	}
	merged, err := m.encode(bytes.HasPrefix(bytes.TrimSpace(document), []byte("{")))
	if err != nil {
		return nil, err
	}
	doc, err := Load(merged)
	if err == nil {
		_, err = Table(doc)
	}
	if err != nil {
		return nil, fmt.Errorf("merged: %w", err)
	}
	if err := errors.Join(kept(first, "", doc), kept(second, o.BasePath, doc)); err != nil {
		return nil, err
	}
	return merged, nil
}

// merger moves what one tree has into another.
type merger struct {
	base     string
	to, from *yaml.Node
	errs     []error
}

func (m *merger) refusef(format string, args ...any) {
	m.errs = append(m.errs, fmt.Errorf(format, args...))
}

// version refuses versions that write the same schema in two ways.
func (m *merger) version() {
	one, two := minor(member(m.to, "openapi")), minor(member(m.from, "openapi"))
	if one == two {
		return
	}
	for _, doc := range []*yaml.Node{m.to, m.from} {
		if minor(member(doc, "openapi")) == "3.0" && mentions(doc, "nullable") {
			m.refusef("one is of version %s and the other of %s, and the older one says nullable: bring both to the newer", one, two)
		}
	}
}

// minor returns 3.1 of 3.1.0.
func minor(version *yaml.Node) string {
	if version == nil {
		return ""
	}
	parts := strings.SplitN(version.Value, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// mentions reports whether any object has a member.
func mentions(n *yaml.Node, name string) bool {
	if n.Kind == yaml.MappingNode && member(n, name) != nil {
		return true
	}
	for _, child := range n.Content {
		if mentions(child, name) {
			return true
		}
	}
	return false
}

// methods are the members of a path that are operations.
const methods = " get put post delete options head patch trace query "

func (m *merger) paths() {
	ids := map[string]string{} // of the operations that are there
	into := object(m.to, "paths")
	for path, item := range each(into) {
		for method, operation := range each(item) {
			if id := member(operation, "operationId"); id != nil && strings.Contains(methods, " "+method+" ") {
				ids[id.Value] = path
			}
		}
	}
	global := member(m.from, "security")
	for path, item := range each(member(m.from, "paths")) {
		path = m.base + path
		for method, operation := range each(item) {
			if !strings.Contains(methods, " "+method+" ") {
				continue
			}
			if member(operation, "security") == nil && (global != nil || member(m.to, "security") != nil) {
				set(operation, "security", own(global))
			}
			id := member(operation, "operationId")
			if id == nil {
				continue
			}
			if at, taken := ids[id.Value]; taken && at != path {
				m.refusef("the operationId %s stands at %s and at %s", id.Value, at, path)
			}
		}
		m.add(into, path, item, "the path")
	}
}

// own returns the security that an operation without any has.
func own(global *yaml.Node) *yaml.Node {
	if global != nil {
		return global
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
}

func (m *merger) components() {
	from := member(m.from, "components")
	if from == nil {
		return
	}
	into := object(m.to, "components")
	for section, all := range each(from) {
		if strings.HasPrefix(section, "x-") {
			continue
		}
		for name, component := range each(all) {
			m.add(object(into, section), name, component, "the component "+section)
		}
	}
}

// add adds a member, unless the same is there.
func (m *merger) add(into *yaml.Node, name string, value *yaml.Node, what string) {
	before := member(into, name)
	switch {
	case before == nil:
		set(into, name, value)
	case !same(before, value):
		m.refusef("%s %s is in both, and not the same: rename one", what, name)
	}
}

func (m *merger) tags() {
	from := member(m.from, "tags")
	if from == nil {
		return
	}
	into := member(m.to, "tags")
	if into == nil {
		into = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		set(m.to, "tags", into)
	}
	known := map[string]bool{}
	for _, tag := range into.Content {
		if name := member(tag, "name"); name != nil {
			known[name.Value] = true
		}
	}
	for _, tag := range from.Content {
		if name := member(tag, "name"); name != nil && !known[name.Value] {
			into.Content = append(into.Content, tag)
		}
	}
}

func (m *merger) encode(asJSON bool) ([]byte, error) {
	if asJSON {
		return encodeJSON(m.to)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(m.to), enc.Close()); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return out.Bytes(), nil
}
