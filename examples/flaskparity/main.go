// Flaskparity answers like a Flask application that is built with
// Flask-JWT-Extended: the guide to moving one, as a program. Each profile is
// what one configuration of Flask looks like here, and is served below its name.
package main

import (
	"cmp"
	"flag"
	"log"
	"net/http"
	"os"
)

const defaultSecret = "reference-secret-0123456789-abcdefghijklmnopqrstuvwxyz"

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	handler := must(newHandler([]byte(cmp.Or(os.Getenv("JWT_SECRET"), defaultSecret))))
	log.Print("listening on http://", *addr, ": try GET /headers/public")
	log.Fatal(http.ListenAndServe(*addr, handler))
}

// newHandler mounts every profile below its name.
func newHandler(secret []byte) (http.Handler, error) {
	mux := http.NewServeMux()
	for _, p := range profiles() {
		app, err := newApp(p, secret)
		if err != nil {
			return nil, err
		}
		mux.Handle("/"+p.name, http.NotFoundHandler())
		mux.Handle("/"+p.name+"/", http.StripPrefix("/"+p.name, app))
	}
	return mux, nil
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
