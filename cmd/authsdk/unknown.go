package main

import (
	"net/http"

	"github.com/authsdk/authsdk-go/authsdk"
)

var (
	errNotFound         = &authsdk.Error{Code: "not_found", Status: http.StatusNotFound, Detail: "There is nothing here."}
	errMethodNotAllowed = &authsdk.Error{Code: "method_not_allowed", Status: http.StatusMethodNotAllowed, Detail: "The method is not allowed here."}
)

// unknown answers what the mux has no route for as everything else is refused,
// where the mux itself writes plain text.
func unknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		tried := &answered{header: http.Header{}}
		answer.ServeHTTP(tried, r)
		switch tried.status {
		case http.StatusNotFound:
			authsdk.WriteProblem(w, r, errNotFound)
		case http.StatusMethodNotAllowed:
			notAllowed(w, r, tried.header.Get("Allow"))
		default: // the way to the clean path
			answer.ServeHTTP(w, r)
		}
	})
}

func notAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	authsdk.WriteProblem(w, r, errMethodNotAllowed)
}

// answered takes an answer and keeps what it was.
type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(b []byte) (int, error) { return len(b), nil }
