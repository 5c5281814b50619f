package security

import (
	"errors"
	"net/http"
	"slices"
)

// evaluation is the judgement of one request.
type evaluation struct {
	v    *Validator
	r    *http.Request
	op   *Operation
	plan *plan
	// memo holds what each scheme was asked already. It is short: a list, at
	// first in few.
	memo  []result
	few   [4]result
	worst failure
}

// result is what authenticating a scheme gave.
type result struct {
	scheme    int
	before    *Principal // who was known then
	there     bool
	principal *Principal
	err       error
}

// failure is why an alternative did not pass. Failures are compared by rank:
// the highest one is answered.
type failure struct {
	rank   int
	scheme int
	scopes []string // that were lacking
	err    error
}

// The ranks.
const (
	missing = iota + 1
	invalid
	forbidden
	unknowable
	malformed
)

func (e *evaluation) run() (*Principal, error) {
	if f := e.unreadable(); f != nil {
		return nil, e.denied(*f)
	}
	for _, alt := range e.plan.alternatives {
		p, f := e.alternative(alt)
		if f == nil {
			return p, nil
		}
		if f.rank == malformed {
			return nil, e.denied(*f)
		}
		if f.rank > e.worst.rank {
			e.worst = *f
		}
	}
	if e.plan.anonymous && !e.presented() {
		return nil, nil //nolint:nilnil // {}: nobody, and that is fine
	}
	return nil, e.denied(e.worst)
}

// unreadable finds a credential that may not be guessed at, wherever the
// alternatives would look for it: which of them comes first must not decide.
func (e *evaluation) unreadable() *failure {
	if len(e.plan.schemes) < 2 {
		return nil // its alternative says so
	}
	for _, s := range e.plan.schemes {
		if _, _, _, err := e.v.table.Schemes[s].extract(e.r); err != nil {
			return &failure{rank: malformed, scheme: s, err: err}
		}
	}
	return nil
}

// presented reports whether the request carries a credential of any scheme of
// the operation, good or bad. A credential that cannot be read counts.
func (e *evaluation) presented() bool {
	for _, s := range e.plan.schemes {
		scheme := &e.v.table.Schemes[s]
		if scheme.Proof {
			continue
		}
		if _, _, there, err := scheme.extract(e.r); there || err != nil {
			return true
		}
	}
	return false
}

// alternative evaluates the AND of one alternative. Its principal is that of
// the first scheme with scopes, else the first that identified somebody; all
// that identify must mean the same subject.
func (e *evaluation) alternative(alt Alternative) (*Principal, *failure) {
	var first, scoped *Principal
	for _, req := range alt {
		res := e.authenticate(req.Scheme, first)
		if f := classify(req.Scheme, res); f != nil {
			if f.rank == missing && first != nil && e.v.table.Schemes[req.Scheme].Proof {
				f.rank, f.err = forbidden, proofError{} // somebody is known: it is not they who are missing
			}
			return nil, f
		}
		if lacking := lacks(res.principal, req.Scopes); lacking {
			return nil, &failure{rank: forbidden, scheme: req.Scheme, scopes: req.Scopes, err: errScope}
		}
		if res.principal == nil {
			continue
		}
		if first != nil && first.Subject != res.principal.Subject {
			return nil, &failure{rank: invalid, scheme: req.Scheme, err: errTwoSubjects}
		}
		if first == nil {
			first = res.principal
		}
		if scoped == nil && len(req.Scopes) > 0 {
			scoped = res.principal
		}
	}
	if scoped != nil {
		first = scoped
	}
	return first, e.demand(alt, first)
}

// demand asks whether the principal of a satisfied alternative meets what the
// operation demands besides. Who cannot be asked does not.
func (e *evaluation) demand(alt Alternative, p *Principal) *failure {
	if e.op.Demands.None() {
		return nil
	}
	f := &failure{rank: forbidden, scheme: alt[0].Scheme, err: errDemands}
	if p == nil || p.Meets == nil {
		return f
	}
	return classify(alt[0].Scheme, result{there: true, err: p.Meets(e.op.Demands)})
}

var (
	errScope       = errors.New("security: a scope is missing")
	errTwoSubjects = errors.New("security: the credentials belong to two subjects")
	errMissing     = errors.New("security: no credential")
	errDemands     = errors.New("security: the credential cannot meet what the operation demands")
)

// proofError is a proof that does not stand beside the credential it is about.
type proofError struct{}

func (proofError) Error() string     { return "security: the proof is missing" }
func (proofError) HTTPStatus() int   { return http.StatusForbidden }
func (proofError) ErrorCode() string { return "csrf_failed" }

func lacks(p *Principal, scopes []string) bool {
	for _, s := range scopes {
		if p == nil || !slices.Contains(p.Scopes, s) {
			return true
		}
	}
	return false
}

// authenticate asks the authenticator of a scheme, once per request: again
// only where somebody else is known than before, since the answer may depend
// on that.
func (e *evaluation) authenticate(scheme int, before *Principal) result {
	for _, res := range e.memo {
		if res.scheme == scheme && res.before == before {
			return res
		}
	}
	res := result{scheme: scheme, before: before}
	s := &e.v.table.Schemes[scheme]
	var c Credential
	c.Value, c.Password, res.there, res.err = s.extract(e.r)
	if res.there {
		c.Scheme, c.Operation, c.Request, c.Principal = s, e.op, e.r, before
		res.principal, res.err = e.v.auths[scheme](e.r.Context(), &c)
	}
	e.memo = append(e.memo, res)
	return res
}

// classify returns how a scheme failed, or nil.
func classify(scheme int, res result) *failure {
	if res.err == nil && res.there {
		return nil // first, because it allocates nothing
	}
	f := &failure{scheme: scheme, err: res.err}
	var refusal Refusal
	switch {
	case res.err == nil:
		f.rank, f.err = missing, errMissing
	case errors.Is(res.err, errTwice) || errors.Is(res.err, errMalformed):
		f.rank = malformed
	case errors.As(res.err, &refusal):
		f.rank = rankOf(statusOf(refusal))
	case errors.Is(res.err, ErrInvalidCredential):
		f.rank = invalid
	default:
		f.rank = unknowable
	}
	return f
}

func rankOf(status int) int {
	switch {
	case status >= http.StatusInternalServerError:
		return unknowable
	case status == http.StatusUnauthorized:
		return invalid
	}
	return forbidden
}
