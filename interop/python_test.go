package interop_test

import (
	"encoding/json"
	"os/exec"
	"testing"
)

func (a *auth) python(t *testing.T) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import requests_oauthlib").Run(); err != nil {
		missing(t, "requests-oauthlib is missing: apt-get install python3-requests-oauthlib")
	}
	input := must[[]byte](t)(json.Marshal(map[string]any{"url": a.url, "secrets": a.secrets}))
	said := foreign(t, input, "python", "clients.py")
	for step, want := range map[string]any{
		"client credentials": 200.0, "scope": "read", "password": 200.0, "updated": 1.0, "rotated": true, "after refresh": 200.0,
		"wrong password": "invalid_grant", "wrong secret": "invalid_client", "revoked": 200.0, "after revocation": "invalid_grant",
	} {
		if said[step] != want {
			t.Errorf("%s: got %v, want %v", step, said[step], want)
		}
	}
}
