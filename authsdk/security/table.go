package security

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Table is what a document says about security. It is read-only once a
// [Validator] uses it.
type Table struct {
	Schemes    []Scheme
	Operations []Operation
}

// Scheme is a security scheme of the document.
type Scheme struct {
	// Name is its name in components.securitySchemes.
	Name string
	// Kind says where its credential stands in a request.
	Kind Kind
	// Param is the name of the header, cookie or query parameter of an API key.
	Param string
	// DiscoveryURL is where the metadata of an openIdConnect scheme are.
	DiscoveryURL string
	// TokenType is the token type that the extension x-authsdk names.
	TokenType string
	// Proof says, by the extension, that the scheme identifies nobody but
	// proves something about the others of its alternative. A request that
	// carries a proof alone carries no credential.
	Proof bool
}

// Kind is how a scheme's credential travels.
type Kind uint8

// The kinds, in the order in which the schemes of one alternative are
// authenticated: what identifies somebody comes before API keys in headers,
// which may be proofs about the others.
const (
	MutualTLS Kind = iota + 1
	Bearer         // http bearer, oauth2, openIdConnect
	Basic
	APIKeyCookie
	APIKeyQuery
	APIKeyHeader
)

// Requirement is one scheme of an alternative.
type Requirement struct {
	// Scheme is an index into Table.Schemes.
	Scheme int
	// Scopes must all be granted to the scheme's principal.
	Scopes []string
}

// Alternative is a set of schemes that must all be satisfied. The empty one is
// {}: no credentials.
type Alternative []Requirement

// Operation is an operation of the document.
type Operation struct {
	// ID is the operationId.
	ID string
	// Method is in upper case, Path as in the document.
	Method, Path string
	// Security are the alternatives; none means public.
	Security []Alternative
	// Demands are what the extension x-authsdk asks for besides.
	Demands Demands
}

// Demands are what OpenAPI cannot say. The principal is asked whether it meets
// them, see [Principal].
type Demands struct {
	// Fresh asks for a credential that a login gave, FreshWithin for a login
	// not longer ago.
	Fresh       bool
	FreshWithin time.Duration
	// Roles must all be held.
	Roles []string
}

// None reports whether nothing is demanded.
func (d *Demands) None() bool { return !d.Fresh && d.FreshWithin == 0 && len(d.Roles) == 0 }

// Public reports whether the operation asks for no credentials at all.
func (op *Operation) Public() bool { return len(op.Security) == 0 }

// String returns the method and the path.
func (op *Operation) String() string { return op.Method + " " + op.Path }

// Merge joins the tables of two documents, for one router that serves both.
// The same route or the same operationId in both is an error, and so is one
// name for two different schemes.
func Merge(a, b *Table) (*Table, error) {
	out := &Table{Schemes: slices.Clone(a.Schemes), Operations: slices.Clone(a.Operations)}
	at := make([]int, len(b.Schemes))
	for i, s := range b.Schemes {
		at[i] = slices.IndexFunc(out.Schemes, func(o Scheme) bool { return o.Name == s.Name })
		switch {
		case at[i] < 0:
			at[i] = len(out.Schemes)
			out.Schemes = append(out.Schemes, s)
		case out.Schemes[at[i]] != s:
			return nil, fmt.Errorf("security: merge: the scheme %q means two things: rename one of them", s.Name)
		}
	}
	routes, ids := map[string]bool{}, map[string]bool{}
	for i := range a.Operations {
		routes[routeKey(&a.Operations[i])], ids[a.Operations[i].ID] = true, true
	}
	for _, op := range b.Operations {
		if routes[routeKey(&op)] {
			return nil, fmt.Errorf("security: merge: both documents have %s: give one of them a base path of its own", &op)
		}
		if op.ID != "" && ids[op.ID] {
			return nil, fmt.Errorf("security: merge: both documents have the operationId %q: rename one of them", op.ID)
		}
		out.Operations = append(out.Operations, op.moved(at))
	}
	return out, nil
}

// moved returns op with its schemes at other places.
func (op *Operation) moved(at []int) Operation {
	alternatives := make([]Alternative, len(op.Security))
	for i, alt := range op.Security {
		alternatives[i] = slices.Clone(alt)
		for j := range alternatives[i] {
			alternatives[i][j].Scheme = at[alt[j].Scheme]
		}
	}
	out := *op
	if len(alternatives) > 0 {
		out.Security = alternatives
	}
	return out
}

func routeKey(op *Operation) string { return string(appendKey(nil, op.Method, op.Path)) }

// check reports requirements that point nowhere, ambiguous routes and schemes
// that are named twice: a Table is data, and may have been written by hand.
func (t *Table) check() error {
	names := map[string]bool{}
	for _, s := range t.Schemes {
		if names[s.Name] || s.Name == "" {
			return fmt.Errorf("the scheme %q is declared twice, or has no name", s.Name)
		}
		names[s.Name] = true
		if s.Kind < MutualTLS || s.Kind > APIKeyHeader {
			return fmt.Errorf("the scheme %q is of no known kind", s.Name)
		}
		if needsParam := s.Kind >= APIKeyCookie; needsParam != (s.Param != "") {
			return fmt.Errorf("the scheme %q must have a parameter name if it is an API key, and only then", s.Name)
		}
	}
	routes := map[string]string{}
	for i := range t.Operations {
		op := &t.Operations[i]
		if op.Method == "" || op.Method != strings.ToUpper(op.Method) || !strings.HasPrefix(op.Path, "/") {
			return fmt.Errorf("operation %q: the method must be in upper case, the path must begin with /", op.ID)
		}
		if other, dup := routes[routeKey(op)]; dup {
			return fmt.Errorf("%s and %s are the same route", other, op)
		}
		routes[routeKey(op)] = op.String()
		for _, alt := range op.Security {
			for _, req := range alt {
				if req.Scheme < 0 || req.Scheme >= len(t.Schemes) {
					return fmt.Errorf("%s requires a scheme that the table does not have", op)
				}
			}
		}
	}
	return nil
}

// Guard tells in words what protects op, which is an operation of t:
// "accessToken | accessCookie + csrfToken", with the scopes of a scheme in
// brackets and what is demanded besides at the end. "public" is said of an
// operation that asks for nothing, "anybody" stands for {}.
func (t *Table) Guard(op *Operation) string {
	if op.Public() {
		return "public"
	}
	alternatives := make([]string, len(op.Security))
	for i, alt := range op.Security {
		schemes := make([]string, len(alt))
		for j, req := range alt {
			schemes[j] = t.Schemes[req.Scheme].Name
			if len(req.Scopes) > 0 {
				schemes[j] += "[" + strings.Join(req.Scopes, " ") + "]"
			}
		}
		alternatives[i] = strings.Join(schemes, " + ")
		if len(alt) == 0 {
			alternatives[i] = "anybody"
		}
	}
	guard := strings.Join(alternatives, " | ")
	d := op.Demands
	if d.Fresh {
		guard += ", fresh"
	}
	if d.FreshWithin > 0 {
		guard += ", fresh within " + d.FreshWithin.String()
	}
	if len(d.Roles) > 0 {
		guard += ", roles " + strings.Join(d.Roles, " ")
	}
	return guard
}
