package main

import (
	"net/http"

	"github.com/authsdk/authsdk-go/authsdk/apidocs"
	webconsole "github.com/authsdk/authsdk-go/authsdk/console"
)

// addBrowserPages adds what --console asks for.
func addBrowserPages(mux *http.ServeMux) error {
	page, err := webconsole.New()
	if err != nil {
		return err
	}
	docs, err := apidocs.New(apidocs.Config{Title: "authsdk API reference"})
	if err != nil {
		return err
	}
	mux.Handle("GET /console/", http.StripPrefix("/console", page))
	mux.Handle("GET /docs/", http.StripPrefix("/docs", docs))
	return nil
}
