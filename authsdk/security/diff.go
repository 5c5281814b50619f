package security

import (
	"slices"
	"strings"
)

// Effect is what a change does to the protection of a route.
type Effect uint8

// The effects.
const (
	// Added and Removed routes stand in one of the documents only.
	Added Effect = iota + 1
	Removed
	// Closed: every request that may pass now might pass before, and some that
	// might no longer may.
	Closed
	// Opened: a request may pass now that might not before.
	Opened
)

// String returns the effect's name.
func (e Effect) String() string {
	switch e {
	case Added:
		return "added"
	case Removed:
		return "removed"
	case Closed:
		return "closed"
	case Opened:
		return "opened"
	}
	return "unknown"
}

// Change is a route whose protection two documents describe differently.
type Change struct {
	Method, Path string
	Effect       Effect
	// Old and New are the guards, see [Table.Guard]; empty where there is no route.
	Old, New string
}

// Diff returns the changes from one document to the next, by path and method.
// Schemes are compared by name and by how their credential travels.
func Diff(before, after *Table) []Change {
	var out []Change
	found := map[string]*Operation{}
	for i := range before.Operations {
		found[routeKey(&before.Operations[i])] = &before.Operations[i]
	}
	for i := range after.Operations {
		op := &after.Operations[i]
		key := routeKey(op)
		old, there := found[key]
		delete(found, key)
		c := Change{Method: op.Method, Path: op.Path, New: after.Guard(op)}
		if !there {
			c.Effect = Added
			out = append(out, c)
			continue
		}
		c.Old = before.Guard(old)
		opened, closed := !implied(after, op, before, old), !implied(before, old, after, op)
		switch {
		case opened:
			c.Effect = Opened
		case closed:
			c.Effect = Closed
		default:
			continue
		}
		out = append(out, c)
	}
	for _, op := range found {
		out = append(out, Change{Method: op.Method, Path: op.Path, Effect: Removed, Old: before.Guard(op)})
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return out
}

// implied reports whether whatever satisfies a satisfies b too: each
// alternative of a must contain one of b, with its scopes, and a must demand
// what b demands.
func implied(at *Table, a *Operation, bt *Table, b *Operation) bool {
	if b.Public() {
		return true
	}
	if a.Public() {
		return false
	}
	if b.Demands.Fresh && !a.Demands.Fresh ||
		b.Demands.FreshWithin > 0 && (a.Demands.FreshWithin == 0 || a.Demands.FreshWithin > b.Demands.FreshWithin) ||
		!subset(b.Demands.Roles, a.Demands.Roles) {
		return false
	}
	for _, alt := range a.Security {
		if !slices.ContainsFunc(b.Security, func(other Alternative) bool {
			if len(other) == 0 {
				return passesAnonymously(at, alt, bt, b)
			}
			return contains(at, alt, bt, other)
		}) {
			return false
		}
	}
	return true
}

// passesAnonymously reports whether requests that satisfy alternative a are let
// pass by {} of b: those that carry no credential of b's schemes.
func passesAnonymously(at *Table, a Alternative, bt *Table, b *Operation) bool {
	for _, alt := range b.Security {
		for _, req := range alt {
			if slices.ContainsFunc(a, func(have Requirement) bool { return at.Schemes[have.Scheme] == bt.Schemes[req.Scheme] }) {
				return false
			}
		}
	}
	return true
}

// contains reports whether alternative a asks for everything that b asks for.
func contains(at *Table, a Alternative, bt *Table, b Alternative) bool {
	for _, need := range b {
		scheme := bt.Schemes[need.Scheme]
		if !slices.ContainsFunc(a, func(have Requirement) bool {
			return at.Schemes[have.Scheme] == scheme && subset(need.Scopes, have.Scopes)
		}) {
			return false
		}
	}
	return true
}

func subset(small, large []string) bool {
	for _, s := range small {
		if !slices.Contains(large, s) {
			return false
		}
	}
	return true
}
