package security_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// TestEffect changes the security of one operation.
func TestEffect(t *testing.T) {
	t.Parallel()
	type alts = []security.Alternative
	read, write := all(need(bearer, "read")), all(need(bearer, "read", "write"))
	fresh := security.Demands{Fresh: true, FreshWithin: time.Minute, Roles: []string{"a"}}
	const same = security.Effect(0)
	for _, tt := range []struct {
		name       string
		old, after alts
		was, is    security.Demands
		want       security.Effect
	}{
		{"same", alts{read}, alts{read}, fresh, fresh, same},
		{"other order", alts{read, all(need(cookie))}, alts{all(need(cookie)), read}, security.Demands{}, security.Demands{}, same},
		{"to public", alts{read}, nil, security.Demands{}, security.Demands{}, security.Opened},
		{"from public", nil, alts{read}, security.Demands{}, security.Demands{}, security.Closed},
		{"to optional", alts{read}, alts{read, {}}, security.Demands{}, security.Demands{}, security.Opened},
		{"from optional", alts{read, {}}, alts{read}, security.Demands{}, security.Demands{}, security.Closed},
		{"from anybody", alts{{}}, alts{read}, security.Demands{}, security.Demands{}, security.Closed},
		{"from optional to less scope", alts{read, {}}, alts{all(need(bearer))}, security.Demands{}, security.Demands{}, security.Opened},
		{"public to anybody", nil, alts{{}}, security.Demands{}, security.Demands{}, security.Closed},
		{"one more scope", alts{read}, alts{write}, security.Demands{}, security.Demands{}, security.Closed},
		{"one scope less", alts{write}, alts{read}, security.Demands{}, security.Demands{}, security.Opened},
		{"another scope", alts{read}, alts{all(need(bearer, "write"))}, security.Demands{}, security.Demands{}, security.Opened},
		{"one more way in", alts{read}, alts{read, all(need(key))}, security.Demands{}, security.Demands{}, security.Opened},
		{"one way in less", alts{read, all(need(key))}, alts{read}, security.Demands{}, security.Demands{}, security.Closed},
		{"a stricter way in more", alts{read}, alts{read, write}, security.Demands{}, security.Demands{}, same},
		{"one more scheme", alts{all(need(cookie))}, alts{all(need(cookie), need(csrf))}, security.Demands{}, security.Demands{}, security.Closed},
		{"one scheme less", alts{all(need(cookie), need(csrf))}, alts{all(need(cookie))}, security.Demands{}, security.Demands{}, security.Opened},
		{"demands more", alts{read}, alts{read}, security.Demands{}, fresh, security.Closed},
		{"demands less", alts{read}, alts{read}, fresh, security.Demands{}, security.Opened},
		{"longer fresh", alts{read}, alts{read}, fresh, security.Demands{Fresh: true, FreshWithin: time.Hour, Roles: []string{"a"}}, security.Opened},
		{"shorter fresh", alts{read}, alts{read}, fresh, security.Demands{Fresh: true, FreshWithin: time.Second, Roles: []string{"a"}}, security.Closed},
	} {
		table := func(a alts, d security.Demands) *security.Table {
			return &security.Table{Schemes: schemes(), Operations: []security.Operation{{Method: "GET", Path: "/a", Security: a, Demands: d}}}
		}
		got := same
		if changes := security.Diff(table(tt.old, tt.was), table(tt.after, tt.is)); len(changes) > 0 {
			got = changes[0].Effect
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	op := func(method, path string, a ...security.Alternative) security.Operation {
		return security.Operation{Method: method, Path: path, Security: a}
	}
	before := &security.Table{Schemes: schemes(), Operations: []security.Operation{
		op("GET", "/gone", all(need(bearer))), op("GET", "/same/{a}", all(need(bearer))), op("POST", "/changed", all(need(bearer, "x"))),
	}}
	moved := slices.Concat(schemes()[1:], schemes()[:1]) // the same schemes at other places
	last := len(moved) - 1
	after := &security.Table{Schemes: moved, Operations: []security.Operation{
		op("GET", "/same/{b}", all(need(last))), op("POST", "/changed", all(need(last))), op("GET", "/new"),
	}}
	want := []security.Change{
		{Method: "POST", Path: "/changed", Effect: security.Opened, Old: "bearer[x]", New: "bearer"},
		{Method: "GET", Path: "/gone", Effect: security.Removed, Old: "bearer"},
		{Method: "GET", Path: "/new", Effect: security.Added, New: "public"},
	}
	if diff := cmp.Diff(want, security.Diff(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	renamed := schemes()
	renamed[bearer].Kind = security.Basic
	if got := security.Diff(before, &security.Table{Schemes: renamed, Operations: before.Operations}); len(got) != 3 || got[0].Effect != security.Opened {
		t.Errorf("a scheme of another kind: %+v", got)
	}
	if got := security.Effect(9).String(); got != "unknown" {
		t.Errorf("an effect that is none is %q", got)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	table := &security.Table{Schemes: schemes()}
	op := &security.Operation{
		Security: []security.Alternative{all(need(bearer, "a", "b")), all(need(cookie), need(csrf)), {}},
		Demands:  security.Demands{Fresh: true, FreshWithin: 90 * time.Second, Roles: []string{"x", "y"}},
	}
	const want = "bearer[a b] | cookie + csrf | anybody, fresh, fresh within 1m30s, roles x y"
	if got := table.Guard(op); got != want {
		t.Errorf("Guard = %q, want %q", got, want)
	}
	if got := table.Guard(&security.Operation{}); got != "public" {
		t.Errorf("Guard = %q, want public", got)
	}
}
