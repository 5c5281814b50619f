package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestQuickstart(t *testing.T) {
	ts := httptest.NewServer(newHandler("http://auth.example"))
	defer ts.Close()
	res, err := http.Post(ts.URL+"/auth/login", "application/json", strings.NewReader(`{"username":"alice","password":"correct horse"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var pair struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&pair); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("login: %s, %v", res.Status, err)
	}
	for token, want := range map[string]int{pair.AccessToken: 200, "forged": 401} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/hello", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != want || want == 200 && !strings.HasPrefix(string(body), "Hello, ") {
			t.Errorf("GET /hello: %d %s, want %d", res.StatusCode, body, want)
		}
	}
}
