package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/authsdk/authsdk-go/gen/spec"
	"github.com/authsdk/authsdk-go/internal/static"
)

// requestTimeout bounds what a request may wait for a store or a free place to
// hash in.
const requestTimeout = 10 * time.Second

// addPages adds the document, the health of the process and, if they are
// wanted, the pages for browsers.
func (a *app) addPages(mux *http.ServeMux, browser bool) error {
	for path, document := range map[string]struct {
		mediaType string
		body      []byte
	}{
		"/openapi.yaml": {"application/yaml", spec.YAML()}, // RFC 9512
		"/openapi.json": {"application/json", spec.JSON()},
	} {
		file, err := static.NewFile(document.body, http.Header{
			"Content-Type":                  {document.mediaType},
			"Cache-Control":                 {"public, max-age=300"},
			"Access-Control-Allow-Origin":   {"*"}, // it is public
			"Access-Control-Expose-Headers": {"ETag"},
		})
		if err != nil {
			return err
		}
		mux.Handle("GET "+path, file)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "ok") })
	if !browser {
		return nil
	}
	return addBrowserPages(mux)
}

// ready answers /readyz: whether requests should be sent here.
func (a *app) ready(draining *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			notAllowed(w, r, "GET, HEAD")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		switch {
		case draining.Load():
			text(w, http.StatusServiceUnavailable, "shutting down")
		case a.store.ping(ctx) != nil:
			text(w, http.StatusServiceUnavailable, "the store does not answer")
		case a.revoked.Status().Degraded:
			text(w, http.StatusServiceUnavailable, "the list of revocations is too old")
		default:
			text(w, http.StatusOK, "ok")
		}
	})
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body+"\n")
}

// bounded ends what a request waits for.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// logged logs every request in one line, without its query, its headers and
// its body.
func (a *app) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, began: time.Now()}
		defer a.finish(r, rec)
		next.ServeHTTP(rec, r)
	})
}

// finish is deferred around a handler. A panic becomes 500 and is logged; the
// server lives.
func (a *app) finish(r *http.Request, rec *recorder) {
	if p := recover(); p != nil {
		a.log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "cause", p)
		if rec.status == 0 {
			text(rec, http.StatusInternalServerError, "internal error")
		}
	}
	a.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", rec.status), slog.Int64("took_ms", time.Since(rec.began).Milliseconds()),
		slog.String("remote", a.clients.address(r)))
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter

	status int
	began  time.Time
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
