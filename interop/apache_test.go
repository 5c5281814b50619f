package interop_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const apacheModules = "/usr/lib/apache2/modules/"

// apache is a service that knows nothing of us: mod_oauth2 checks tokens through
// the key set, and by introspection.
func (a *auth) apache(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(apacheModules + "mod_oauth2.so"); err != nil {
		missing(t, "mod_oauth2 is missing: apt-get install apache2-bin libapache2-mod-oauth2")
	}
	service := a.startApache(t)
	ctx := t.Context()
	cc := clientcredentials.Config{ClientID: "service", ClientSecret: a.secrets["service"], TokenURL: a.url + "/auth/token"}
	own := func() string { return must[*oauth2.Token](t)(cc.Token(ctx)).AccessToken }
	good := own()
	cfg := oauth2.Config{ClientID: "legacy", ClientSecret: a.secrets["legacy"], Endpoint: oauth2.Endpoint{TokenURL: a.url + "/auth/token"}}
	user := func() *oauth2.Token {
		return must[*oauth2.Token](t)(cfg.PasswordCredentialsToken(ctx, "alice", "correct horse"))
	}
	ended := func() string {
		token := user()
		a.revoke(t, token.RefreshToken)
		return token.AccessToken
	}
	dot := strings.LastIndex(good, ".")
	middle := dot + (len(good)-dot)/2 // a character inside the signature: some decoders ignore the last
	forged := good[:middle] + map[bool]string{true: "B", false: "A"}[good[middle] == 'A'] + good[middle+1:]
	// It remembers what was good, for both ways together: each asks for tokens of its own.
	for _, c := range []struct {
		name, path, token string
		want              int
	}{
		{"a client's, by key", "/jwks", good, 200},
		{"a user's, by key", "/jwks", user().AccessToken, 200},
		{"revoked, by key", "/jwks", ended(), 200}, // nobody is asked
		{"forged, by key", "/jwks", forged, 401},
		{"none, by key", "/jwks", "", 401},
		{"a client's, introspected", "/introspect", own(), 200},
		{"a user's, introspected", "/introspect", user().AccessToken, 200},
		{"revoked, introspected", "/introspect", ended(), 401},
		{"refresh, introspected", "/introspect", user().RefreshToken, 401},
		{"forged, introspected", "/introspect", forged, 401},
		{"garbage, introspected", "/introspect", "garbage", 401},
		{"none, introspected", "/introspect", "", 401},
	} {
		if got := get(ctx, t, service+c.path, c.token); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

// revoke revokes a token as the client legacy.
func (a *auth) revoke(t *testing.T, token string) {
	t.Helper()
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+"/auth/revoke", body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("legacy", a.secrets["legacy"])
	res := must[*http.Response](t)(http.DefaultClient.Do(req))
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("revoke: %d", res.StatusCode)
	}
}

func get(ctx context.Context, t *testing.T, target, token string) int {
	t.Helper()
	req := must[*http.Request](t)(http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res := must[*http.Response](t)(http.DefaultClient.Do(req))
	_ = res.Body.Close()
	return res.StatusCode
}

// startApache starts Apache in the foreground, on a free port.
func (a *auth) startApache(t *testing.T) string {
	t.Helper()
	// As root it gives up its rights, and could not enter a folder of the test.
	dir := must[string](t)(os.MkdirTemp("", "authsdk-apache-")) //nolint:usetesting // as above
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	listener := must[net.Listener](t)((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))
	addr := listener.Addr().String()
	_ = listener.Close()
	for _, page := range []string{"jwks", "introspect"} {
		if err := os.WriteFile(filepath.Join(dir, page), []byte("ok\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var conf strings.Builder
	if os.Geteuid() == 0 {
		conf.WriteString("User www-data\nGroup www-data\n")
	}
	for _, m := range []string{"mpm_event", "authn_core", "authz_core", "authz_user", "oauth2"} {
		fmt.Fprintf(&conf, "LoadModule %s_module %smod_%s.so\n", m, apacheModules, m)
	}
	fmt.Fprintf(&conf, `ServerRoot %[1]s
DocumentRoot %[1]s
DefaultRuntimeDir %[1]s
PidFile %[1]s/pid
ErrorLog /dev/stderr
Listen %[2]s
ServerName %[2]s
<Directory />
  AllowOverride None
  Require all denied
</Directory>
<Location /jwks>
  AuthType oauth2
  OAuth2TokenVerify jwks_uri %[3]s/.well-known/jwks.json
  Require valid-user
</Location>
<Location /introspect>
  AuthType oauth2
  OAuth2TokenVerify introspect %[3]s/auth/introspect introspect.auth=client_secret_basic&client_id=gateway&client_secret=%[4]s
  Require valid-user
</Location>
`, dir, addr, a.url, url.QueryEscape(a.secrets["gateway"]))
	file := filepath.Join(dir, "httpd.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &log{}
	httpd := exec.Command("/usr/sbin/apache2", "-f", file, "-DFOREGROUND")
	httpd.Stdout, httpd.Stderr = out, out
	if err := httpd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = httpd.Process.Signal(os.Interrupt)
		_ = httpd.Wait()
		if t.Failed() {
			t.Logf("%s", out)
		}
	})
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr); err == nil {
			_ = conn.Close()
			return "http://" + addr
		}
	}
	t.Fatalf("Apache does not serve: %s", out)
	return ""
}
