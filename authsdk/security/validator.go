package security

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Validator judges requests by a [Table]. It is safe for concurrent use.
type Validator struct {
	table *Table
	auths []Authenticator // by scheme
	named map[string]Authenticator
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
	v := &Validator{
		table: t, named: auths, auths: make([]Authenticator, len(t.Schemes)), plans: make(map[*Operation]*plan, len(t.Operations)),
	}
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

// Join returns a validator of the operations of a and b, for one router that
// serves both documents; see [Merge] for what the documents must not share. A
// scheme that both have, and both authenticate, is an error: which of the two
// authenticators counts must be said, with Merge and [New].
func Join(a, b *Validator) (*Validator, error) {
	table, err := Merge(a.table, b.table)
	if err != nil {
		return nil, err
	}
	auths := maps.Clone(a.named)
	if auths == nil {
		auths = map[string]Authenticator{}
	}
	for name, auth := range b.named {
		if auths[name] != nil && auth != nil {
			return nil, fmt.Errorf("security: join: both documents authenticate %q: merge their tables, and give New the one to use", name)
		}
		auths[name] = auth
	}
	return New(table, auths)
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
			if x.Proof != y.Proof {
				return boolOrder(x.Proof) - boolOrder(y.Proof)
			}
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

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
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
