package security_test

import (
	"context"
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
