package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServices(t *testing.T) {
	ts := httptest.NewUnstartedServer(nil)
	url := "http://" + ts.Listener.Addr().String()
	handler, secret := newHandler(t.Context(), url)
	ts.Config.Handler = handler
	ts.Start()
	defer ts.Close()
	if got, err := report(t.Context(), url, secret); err != nil || got != "Hello, reports.\n" {
		t.Errorf("got %q and error %v", got, err)
	}
	if _, err := report(t.Context(), url, "wrong"); err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("a wrong secret: got %v, want invalid_client", err)
	}
}
