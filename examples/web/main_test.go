package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWeb asks as a browser does: for the pages, for the document that they
// show, and with cookies for the session.
func TestWeb(t *testing.T) {
	ts := httptest.NewTLSServer(newHandler("https://auth.example"))
	defer ts.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := ts.Client()
	browser.Jar = jar
	for path, want := range map[string]string{"/console": "<title>authsdk console", "/docs": "<title>API reference", "/openapi.json": `"openapi": "3.`} {
		res, err := browser.Get(ts.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: got %s, want %s in %.200s", path, res.Status, want, body)
		}
	}
	login := `{"username":"alice","password":"correct horse","delivery":"cookie"}`
	res, err := browser.Post(ts.URL+"/auth/login", "application/json", strings.NewReader(login))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	res, err = browser.Get(ts.URL + "/auth/me")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"scope":"read"`) {
		t.Errorf("/auth/me: got %s %s", res.Status, body)
	}
}
