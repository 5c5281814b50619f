package session_test

import (
	"reflect"
	"testing"
)

// option is one field of a configuration: what happens with it and without.
type option[C any] struct {
	field string
	set   func(*C)
	// outcome tells in a word what a configuration leads to.
	outcome       func(*testing.T, C) string
	without, with string
}

// checkOptions tries every option, each with a configuration of its own, and
// wants one for each field of C, so that a new field is not forgotten.
func checkOptions[C any](t *testing.T, base func() C, options []option[C]) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range options {
		seen[o.field] = true
		if got := o.outcome(t, base()); got != o.without {
			t.Errorf("without %s: got %s, want %s", o.field, got, o.without)
		}
		cfg := base()
		o.set(&cfg)
		if got := o.outcome(t, cfg); got != o.with {
			t.Errorf("with %s: got %s, want %s", o.field, got, o.with)
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[C]()) {
		if !seen[field.Name] {
			t.Errorf("the field %s has no row that shows its effect", field.Name)
		}
		delete(seen, field.Name)
	}
	for name := range seen {
		t.Errorf("there is no field %s", name)
	}
}

// mistake is a value that a constructor refuses, and what it says.
type mistake[C any] struct {
	set  func(*C)
	want string
}

func checkMistakes[C any](t *testing.T, base func() C, construct func(C) error, mistakes []mistake[C]) {
	t.Helper()
	for _, m := range mistakes {
		cfg := base()
		m.set(&cfg)
		if err := construct(cfg); err == nil || err.Error() != m.want {
			t.Errorf("\n got %v\nwant %s", err, m.want)
		}
	}
}
