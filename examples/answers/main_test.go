package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestAnswers(t *testing.T) {
	const issuer = "http://auth.example"
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	ts := httptest.NewServer(newHandler(issuer, keys))
	defer ts.Close()
	issue := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuer, Keys: keys}))
	good := must(issue.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
	past := time.Now().Add(-time.Hour)
	old := must(issue.Issue(t.Context(), authsdk.Claims{Subject: "alice", IssuedAt: past, Expires: past.Add(time.Minute)}, nil))
	for _, tt := range []struct {
		authorization string
		status        int
		body          string
	}{
		{"Bearer " + good, 200, "The notes of alice.\n"},
		{"", 401, `{"message":"Please log in first.","ok":false,"reason":"token_missing"}` + "\n"},
		{"Bearer " + old, 401, `{"message":"Your visit has ended. Please log in again.","ok":false,"reason":"token_expired"}` + "\n"},
		{"Bearer x", 401, `{"message":"This is not possible.","ok":false,"reason":"token_malformed"}` + "\n"},
	} {
		req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/notes", http.NoBody))
		req.Header.Set("Authorization", tt.authorization)
		res := must(http.DefaultClient.Do(req))
		body := must(io.ReadAll(res.Body))
		res.Body.Close()
		if res.StatusCode != tt.status || string(body) != tt.body {
			t.Errorf("%.20q: %d %s, want %d %s", tt.authorization, res.StatusCode, body, tt.status, tt.body)
		}
	}
}
