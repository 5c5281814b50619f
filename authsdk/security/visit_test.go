package security_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

func TestVisit(t *testing.T) {
	t.Parallel()
	type key struct{}
	parent, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	p := new(security.Visit).Principal(security.Principal{Subject: "alice"})
	first := security.WithPrincipal(parent, p)
	second := security.WithPrincipal(t.Context(), p) // the room is taken
	other := *p
	third := security.WithPrincipal(t.Context(), &other) // a copy has none
	for name, tt := range map[string]struct {
		ctx  context.Context
		want *security.Principal
	}{
		"first": {first, p}, "second": {second, p}, "copy": {third, &other},
		"below the first": {context.WithValue(first, struct{ a int }{}, 1), p},
	} {
		if got, ok := security.PrincipalFrom(tt.ctx); !ok || got != tt.want {
			t.Errorf("%s: got %p, %v, want %p", name, got, ok, tt.want)
		}
	}
	if first.Value(key{}) != "value" || second.Value(key{}) != nil {
		t.Error("the values of the parents are mixed up")
	}
	child, stop := context.WithCancel(first)
	defer stop()
	cancel()
	<-child.Done()
	if first.Err() == nil || second.Err() != nil {
		t.Error("the ends of the parents are mixed up")
	}
	if _, ok := security.PrincipalFrom(security.WithPrincipal(t.Context(), nil)); ok {
		t.Error("nobody is somebody")
	}
}

// TestVisitOnce: of many that put one principal into a context at the same
// time, each gets a context of its own.
func TestVisitOnce(t *testing.T) {
	t.Parallel()
	type key struct{}
	p := new(security.Visit).Principal(security.Principal{Subject: "alice"})
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			ctx := security.WithPrincipal(context.WithValue(t.Context(), key{}, i), p)
			if got, ok := security.PrincipalFrom(ctx); !ok || got != p || ctx.Value(key{}) != i {
				t.Errorf("%d: got %v, %v, %v", i, got, ok, ctx.Value(key{}))
			}
		})
	}
	wg.Wait()
}

// TestAdmit: a request that was admitted is the same but for its context, the first
// time and when the room is taken; the one before is as it was.
func TestAdmit(t *testing.T) { //nolint:paralleltest // it counts allocations
	before := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/notes?a=b", strings.NewReader("text"))
	before.Header.Set("X-Test", "value")
	before.SetPathValue("id", "7")
	p := new(security.Visit).Principal(security.Principal{Subject: "alice"})
	for name, who := range map[string]*security.Principal{"first": p, "second": p, "without room": {Subject: "bob"}} {
		after := security.Admit(before, who)
		if got, ok := security.PrincipalFrom(after.Context()); !ok || got != who || after == before {
			t.Errorf("%s: got %v, %v, the same %t", name, got, ok, after == before)
		}
		if after.Method != before.Method || after.URL != before.URL || after.Body != before.Body ||
			after.Header.Get("X-Test") != "value" || after.PathValue("id") != "7" {
			t.Errorf("%s: got %+v, want %+v", name, after, before)
		}
		after.Method = http.MethodGet
	}
	if _, ok := security.PrincipalFrom(before.Context()); ok || before.Method != http.MethodPost {
		t.Errorf("the request before is another: %+v", before)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	if got := testing.AllocsPerRun(100, func() {
		sinkRequest = security.Admit(r, new(security.Visit).Principal(security.Principal{Subject: "alice"}))
	}); got != 1 {
		t.Errorf("got %g allocations, want 1", got)
	}
}

// TestVisitText: a context that is printed does not show the credential of the
// request that it carries.
func TestVisitText(t *testing.T) {
	t.Parallel()
	type own struct{ context.Context }
	for name, ctx := range map[string]context.Context{"of the standard library": t.Context(), "of one's own": own{t.Context()}} {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/?token=credential", http.NoBody)
		r.Header.Set("Authorization", "Bearer credential")
		r = security.Admit(r, new(security.Visit).Principal(security.Principal{Subject: "alice"}))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, r.Context()); got == "" || strings.Contains(got, "credential") {
				t.Errorf("%s, %s: %s", name, verb, got)
			}
		}
	}
}

var sinkRequest *http.Request
