package security_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// independent are schemes that travel in different places, in the order in
// which an alternative is evaluated.
func independent() []int { return []int{cert, bearer, cookie, query, key} }

// states are what a request may carry for a scheme.
func states() []string {
	return []string{"", "", "alice", "alice:a", "alice:a+b", "bob:a", "nobody", "bad", "down", "forbidden"}
}

// TestProperty: random operations and random requests, judged by the validator
// and by a reading of the OpenAPI rules that shares nothing with it.
func TestProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		alternatives := rapid.SliceOfN(rapid.Custom(drawAlternative), 0, 4).Draw(t, "alternatives")
		carried := map[int]string{}
		var lines []string
		for _, s := range independent() {
			state := rapid.SampledFrom(states()).Draw(t, "state of "+strconv.Itoa(s))
			carried[s] = state
			if state != "" {
				lines = append(lines, line(s, state))
			}
		}
		table := &security.Table{Schemes: schemes(), Operations: []security.Operation{{ID: "op", Method: "POST", Path: "/op", Security: alternatives}}}
		v, err := security.New(table, authenticators())
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Check(request(lines...), v.Index("").Lookup("POST", "/op"))
		gotSubject, gotStatus := "", 0
		if p != nil {
			gotSubject = p.Subject
		}
		if d, ok := errors.AsType[*security.Denied](err); ok {
			gotStatus = d.Status
		}
		wantSubject, wantStatus := reference(alternatives, carried)
		if gotSubject != wantSubject || gotStatus != wantStatus {
			t.Fatalf("%v with %q: %q %d (%v), want %q %d", alternatives, lines, gotSubject, gotStatus, err, wantSubject, wantStatus)
		}
	})
}

func drawAlternative(t *rapid.T) security.Alternative {
	chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(independent()), 0, 3, rapid.ID[int]).Draw(t, "schemes")
	var alt security.Alternative
	for _, s := range chosen {
		scopes := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b"}), 0, 2, rapid.ID[string]).Draw(t, "scopes")
		alt = append(alt, need(s, scopes...))
	}
	return alt
}

func line(scheme int, value string) string {
	switch scheme {
	case bearer:
		return "Authorization: Bearer " + value
	case cookie:
		return "Cookie: sid=" + value
	case query:
		return "query: " + strings.ReplaceAll(value, "+", "%2B")
	case key:
		return "X-Key: " + value
	}
	return "cert: " + value
}

// reference returns the subject and the status that OpenAPI and the rules in
// the package comment give: 0 for passing.
func reference(alternatives []security.Alternative, carried map[int]string) (subject string, status int) {
	if len(alternatives) == 0 {
		return "", 0
	}
	presented, anonymous := false, false
	worst := 0
	order := map[int]int{503: 4, 403: 3, 401: 2, 1401: 1} // 1401 is a missing credential
	for _, alt := range alternatives {
		if len(alt) == 0 {
			anonymous = true
			continue
		}
		subject, status := referenceAnd(alt, carried)
		if status == 0 {
			return subject, 0
		}
		if order[status] > order[worst] {
			worst = status
		}
		for _, req := range alt {
			presented = presented || carried[req.Scheme] != ""
		}
	}
	if anonymous && !presented {
		return "", 0
	}
	return "", worst % 1000
}

// referenceAnd judges one alternative: the first scheme that does not pass, in
// the documented order, says why.
func referenceAnd(alt security.Alternative, carried map[int]string) (subject string, status int) {
	var subjects, withScopes []string
	for _, s := range independent() {
		i := slices.IndexFunc(alt, func(r security.Requirement) bool { return r.Scheme == s })
		if i < 0 {
			continue
		}
		who, grants, _ := strings.Cut(carried[s], ":")
		switch who {
		case "":
			return "", 1401
		case "bad":
			return "", 401
		case "down":
			return "", 503
		case "forbidden":
			return "", 403
		case "nobody":
			who = ""
		}
		for _, scope := range alt[i].Scopes {
			if !slices.Contains(strings.Split(grants, "+"), scope) {
				return "", 403
			}
		}
		if who == "" {
			continue
		}
		if len(subjects) > 0 && subjects[0] != who {
			return "", 401
		}
		subjects = append(subjects, who)
		if len(alt[i].Scopes) > 0 {
			withScopes = append(withScopes, who)
		}
	}
	if subjects = append(withScopes, subjects...); len(subjects) > 0 {
		return subjects[0], 0
	}
	return "", 0
}
