package bench_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// kinds are the requests that are measured.
func kinds() []kind {
	return []kind{
		{"get", http.MethodGet, "/item-4711", ""},
		{"create", http.MethodPost, "", `{"name":"Screws, countersunk","quantity":250,"note":"for the new shelf"}`},
	}
}

type kind struct{ name, method, below, body string }

// client sends requests of one kind to one handler, to each resource in turn:
// the official middlewares search their routes from the first to the last. It
// allocates nothing itself.
type client struct {
	handler  http.Handler
	template [resources]http.Request
	request  http.Request
	text     []byte
	body     body
	answer   answer
	next     int
}

func newClient(h http.Handler, k kind) *client {
	c := &client{handler: h, text: []byte(k.body), answer: answer{header: http.Header{}}}
	for i := range c.template {
		r := httptest.NewRequest(k.method, resource(i)+k.below, http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		if k.body != "" {
			r.Header.Set("Content-Type", "application/json")
			r.Body, r.ContentLength = &c.body, int64(len(k.body))
		}
		c.template[i] = *r
	}
	return c
}

// send sends the next request and returns the status of its answer.
func (c *client) send() int {
	c.request = c.template[c.next]
	c.next = (c.next + 1) % resources
	c.body.Reset(c.text)
	c.answer.status = 0
	c.handler.ServeHTTP(&c.answer, &c.request)
	return c.answer.status
}

type body struct{ bytes.Reader }

func (*body) Close() error { return nil }

type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
func (a *answer) WriteHeader(status int)      { a.status = status }

// want is the status that a variant answers.
func want(variant string) int {
	if variant == plain {
		return http.StatusNoContent
	}
	return http.StatusAccepted
}

// TestVariants: what is measured does what it should. Both guards refuse what
// they should, and let the handler read the body and know the caller.
func TestVariants(t *testing.T) {
	for _, r := range routers() {
		for _, variant := range r.variants {
			h := r.build(t, variant)
			for _, k := range kinds() {
				c := newClient(h, k)
				for range 2 * resources {
					if got := c.send(); got != want(variant) {
						t.Fatalf("%s/%s/%s: got %d, want %d", r.name, k.name, variant, got, want(variant))
					}
					if left, _ := io.ReadAll(c.request.Body); len(left) > 0 {
						t.Fatalf("%s/%s/%s: the handler left %q", r.name, k.name, variant, left)
					}
				}
				for i := range c.template {
					c.template[i].Header.Set("Authorization", "Bearer forged")
				}
				// The official ones do not agree on the status.
				if got := c.send(); variant != plain && (got < http.StatusBadRequest || got > http.StatusForbidden) {
					t.Errorf("%s/%s/%s: with a forged token got %d", r.name, k.name, variant, got)
				}
			}
		}
	}
}

// BenchmarkProtect compares the guard of each router with the router alone and
// with the official middleware, which validates parameters and bodies besides.
func BenchmarkProtect(b *testing.B) {
	for _, r := range routers() {
		for _, k := range kinds() {
			for _, variant := range r.variants {
				b.Run(r.name+"/"+k.name+"/"+variant, func(b *testing.B) {
					c := newClient(r.build(b, variant), k)
					b.ReportAllocs()
					for b.Loop() {
						if got := c.send(); got != want(variant) {
							b.Fatalf("got %d, want %d", got, want(variant))
						}
					}
				})
			}
		}
	}
}
