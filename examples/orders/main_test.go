package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/examples/orders/orders"
)

// TestDemo walks through what main prints.
func TestDemo(t *testing.T) {
	gin.SetMode(gin.TestMode)
	for router := range orders.Routers() {
		for _, startup := range []bool{false, true} {
			ts := httptest.NewServer(newHandler("http://auth.example", router, startup, "correct horse", "key-of-acme"))
			res, err := http.Post(ts.URL+"/auth/login", "application/json", strings.NewReader(`{"username":"demo","password":"correct horse"}`))
			if err != nil {
				t.Fatal(err)
			}
			var pair struct {
				AccessToken string `json:"access_token"`
			}
			if err := json.NewDecoder(res.Body).Decode(&pair); err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("login: %s, %v", res.Status, err)
			}
			res.Body.Close()
			for _, tt := range []struct {
				method, path, header, value string
				status                      int
			}{
				{"GET", "/orders/7", "", "", 401},
				{"GET", "/orders/7", "Authorization", "Bearer " + pair.AccessToken, 200},
				{"POST", "/orders/7/refund", "Authorization", "Bearer " + pair.AccessToken, 200},
				{"DELETE", "/orders/7", "Authorization", "Bearer " + pair.AccessToken, 403},
				{"GET", "/orders", "X-Partner-Key", "key-of-acme", 200},
			} {
				req, err := http.NewRequestWithContext(t.Context(), tt.method, ts.URL+tt.path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				if tt.header != "" {
					req.Header.Set(tt.header, tt.value)
				}
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != tt.status {
					t.Errorf("%s: %s %s: got %d, want %d", router, tt.method, tt.path, res.StatusCode, tt.status)
				}
			}
			ts.Close()
		}
	}
}
