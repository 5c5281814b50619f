package openapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// Table returns the security table of doc, which [Load] or [LoadFile] has
// read: schemes by name, operations by path and method. All mistakes are
// reported together; each names the operation or scheme, and its line where the
// document was loaded by this package.
func Table(doc *openapi3.T) (*security.Table, error) {
	b := &builder{doc: doc, table: &security.Table{}, index: map[string]int{}, scopes: map[string]map[string]bool{}}
	b.addSchemes()
	if empty(doc.Origin, doc.Security == nil) {
		b.failf(doc.Origin, "the document: "+emptySecurity)
	}
	b.addOperations()
	b.misplaced()
	if err := errors.Join(b.errs...); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if err := validate(doc); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return b.table, nil
}

// builder collects the table and the mistakes.
type builder struct {
	doc    *openapi3.T
	table  *security.Table
	index  map[string]int             // of a scheme, by name; -1 if it was refused
	scopes map[string]map[string]bool // that an oauth2 scheme declares
	errs   []error
}

// failf notes a mistake.
func (b *builder) failf(at *openapi3.Origin, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if at != nil && at.Key != nil && at.Key.Line > 0 {
		err = fmt.Errorf("line %d: %w", at.Key.Line, err)
	}
	b.errs = append(b.errs, err)
}

func (b *builder) addOperations() {
	if b.doc.Paths == nil {
		return
	}
	ids, routes := map[string]string{}, map[string]string{}
	paths := b.doc.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path]
		if item == nil {
			continue
		}
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			in := operations[method]
			op := security.Operation{ID: in.OperationID, Method: strings.ToUpper(method), Path: path}
			name := nameOf(&op)
			if other, dup := ids[op.ID]; dup && op.ID != "" {
				b.failf(in.Origin, "%s has the operationId of %s: every operation needs its own", name, other)
			}
			route := op.Method + " " + template(path)
			if other, dup := routes[route]; dup {
				b.failf(in.Origin, "%s and %s are the same route: no router can tell them apart", name, other)
			}
			if strings.Contains(path, "*") {
				b.failf(in.Origin, "%s: routers take * for everything that follows, and its security would hold for that: write a parameter", name)
			}
			ids[op.ID], routes[route] = name, name
			b.secure(&op, in)
			b.table.Operations = append(b.table.Operations, op)
		}
	}
}

func nameOf(op *security.Operation) string {
	if op.ID == "" {
		return op.String()
	}
	return op.String() + " (" + op.ID + ")"
}

// template replaces the names of parameters, which do not tell routes apart.
func template(path string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(path, "{")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		out.WriteString("{}")
		_, path, _ = strings.Cut(rest, "}")
	}
}

// secure reads the operation's requirements, its own or those of the document,
// and its demands.
func (b *builder) secure(op *security.Operation, in *openapi3.Operation) {
	requirements := b.doc.Security
	if in.Security != nil {
		requirements = *in.Security
	}
	if empty(in.Origin, in.Security == nil) {
		b.failf(in.Origin, "%s: "+emptySecurity, nameOf(op))
	}
	for _, r := range requirements {
		if r == nil {
			b.failf(in.Origin, "%s: one of the alternatives in security is null: write {} to admit everybody, or remove it", nameOf(op))
			continue
		}
		var alt security.Alternative
		for _, scheme := range slices.Sorted(maps.Keys(r)) {
			if req, ok := b.requirement(op, in, scheme, r[scheme]); ok {
				alt = append(alt, req)
			}
		}
		if len(alt) == 0 {
			alt = security.Alternative{}
		} else if len(alt) == len(r) && !slices.ContainsFunc(alt, b.identifies) {
			b.failf(in.Origin, "%s: an alternative has proofs alone (%s), which identify nobody: add the scheme that they prove something about",
				nameOf(op), strings.Join(slices.Sorted(maps.Keys(r)), " + "))
		}
		op.Security = append(op.Security, alt)
	}
	demands, err := readDemands(in.Extensions)
	if err != nil {
		b.failf(in.Origin, "%s: %w", nameOf(op), err)
	}
	op.Demands = demands
	anonymous := slices.ContainsFunc(requirements, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
	if _, there := in.Extensions[extension]; there && err == nil && (len(requirements) == 0 || anonymous) {
		b.failf(in.Origin, "%s: %s has no effect on requests without credentials, which the operation admits", nameOf(op), extension)
	}
}

// identifies reports whether a requirement asks for more than a proof.
func (b *builder) identifies(req security.Requirement) bool {
	return !b.table.Schemes[req.Scheme].Proof
}

// empty reports whether YAML has the word security with nothing behind it, which
// the parser reads as if it were not there.
func empty(at *openapi3.Origin, absent bool) bool {
	if at == nil || !absent {
		return false
	}
	_, written := at.Fields.Lookup("security")
	return written
}

// requirement checks one scheme of an alternative, and its scopes.
func (b *builder) requirement(op *security.Operation, in *openapi3.Operation, name string, scopes []string) (security.Requirement, bool) {
	at, declared := b.index[name]
	if !declared {
		b.failf(in.Origin, "%s: the security scheme %q is not declared: add it to components.securitySchemes, or correct the name", nameOf(op), name)
		return security.Requirement{}, false
	}
	if at < 0 {
		return security.Requirement{}, false // refused already
	}
	known, oauth := b.scopes[name]
	typ := b.doc.Components.SecuritySchemes[name].Value.Type
	for _, s := range scopes {
		switch {
		case oauth && !known[s]:
			b.failf(in.Origin, "%s: the scope %q is not declared by the flows of %q: add it there, or correct the name", nameOf(op), s, name)
		case !oauth && typ != "openIdConnect" && strings.HasPrefix(b.doc.OpenAPI, "3.0"):
			b.failf(in.Origin, "%s: OpenAPI 3.0 has scopes on oauth2 and openIdConnect only, and %q is of type %s: "+
				"declare it as oauth2, or make the document 3.1", nameOf(op), name, typ)
		}
	}
	return security.Requirement{Scheme: at, Scopes: slices.Clone(scopes)}, true
}
