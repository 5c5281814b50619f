package security

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Validator judges requests by a [Table]. It is safe for concurrent use.
type Validator struct {
	table *Table
	auths []Authenticator // by scheme
	plans map[*Operation]*plan
}

// plan is an operation's security in the order in which it is evaluated.
type plan struct {
	alternatives []Alternative
	anonymous    bool  // {} is among them
	schemes      []int // all that occur
}

// New returns a validator. It fails, with all mistakes together, if a scheme
// that an operation uses has no authenticator, naming the operations, and if an
// authenticator is for no scheme of the table.
func New(t *Table, auths map[string]Authenticator) (*Validator, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("security: %w", err)
	}
	v := &Validator{table: t, auths: make([]Authenticator, len(t.Schemes)), plans: make(map[*Operation]*plan, len(t.Operations))}
	usedBy := make([][]string, len(t.Schemes))
	for i := range t.Operations {
		op := &t.Operations[i]
		p := newPlan(t, op)
		v.plans[op] = p
		for _, s := range p.schemes {
			usedBy[s] = append(usedBy[s], operationName(op))
		}
	}
	var errs []error
	known := map[string]bool{}
	for i, s := range t.Schemes {
		known[s.Name] = true
		v.auths[i] = auths[s.Name]
		if v.auths[i] == nil && len(usedBy[i]) > 0 {
			slices.Sort(usedBy[i])
			errs = append(errs, fmt.Errorf("security scheme %q has no authenticator (used by %s)", s.Name, strings.Join(usedBy[i], ", ")))
		}
	}
	for name := range auths {
		if !known[name] {
			errs = append(errs, fmt.Errorf("authenticator %q: no such security scheme in the document", name))
		}
	}
	if len(errs) > 0 {
		slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, fmt.Errorf("security: %w", errors.Join(errs...))
	}
	return v, nil
}

func operationName(op *Operation) string {
	if op.ID != "" {
		return op.ID
	}
	return op.String()
}

// newPlan orders op's alternatives: {} last, and within each alternative by
// kind and name.
func newPlan(t *Table, op *Operation) *plan {
	p := &plan{}
	for _, alt := range op.Security {
		if len(alt) == 0 {
			p.anonymous = true
			continue
		}
		alt = slices.Clone(alt)
		slices.SortStableFunc(alt, func(a, b Requirement) int {
			x, y := &t.Schemes[a.Scheme], &t.Schemes[b.Scheme]
			if x.Kind != y.Kind {
				return int(x.Kind) - int(y.Kind)
			}
			return strings.Compare(x.Name, y.Name)
		})
		p.alternatives = append(p.alternatives, alt)
		for _, req := range alt {
			if !slices.Contains(p.schemes, req.Scheme) {
				p.schemes = append(p.schemes, req.Scheme)
			}
		}
	}
	return p
}

// Table returns the table of v, which must not be changed.
func (v *Validator) Table() *Table { return v.table }

// Check judges r as a request for op, which an [Index] of v has returned; nil
// stands for a route that the document does not know, which is denied with
// 404. It returns the principal, which is nil for public operations, for
// requests that {} admits and for credentials that identify nobody. The error
// is a *Denied. The body of r is not touched.
func (v *Validator) Check(r *http.Request, op *Operation) (*Principal, error) {
	if op == nil {
		return nil, &Denied{Status: http.StatusNotFound, Code: "not_found", Err: ErrUnknownOperation}
	}
	if op.Public() {
		return nil, nil //nolint:nilnil // documented: nobody, and that is fine
	}
	p := v.plans[op]
	if p == nil {
		return nil, &Denied{Status: http.StatusNotFound, Code: "not_found", Operation: op, Err: ErrUnknownOperation}
	}
	e := &evaluation{v: v, r: r, op: op, plan: p}
	e.memo = e.few[:0]
	return e.run()
}

// ErrUnknownOperation is the cause when the document does not know a route.
var ErrUnknownOperation = errors.New("security: the document has no such operation")
