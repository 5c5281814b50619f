package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

func TestConfig(t *testing.T) {
	const base = "https://auth.example"
	ours := must[*client.Client](t)(client.New(client.Config{BaseURL: base})).HTTPClient()
	for name, tt := range map[string]struct {
		cfg  client.Config
		want []string // in the error; none for a good one
	}{
		"least":              {client.Config{BaseURL: base}, nil},
		"path":               {client.Config{BaseURL: base + ":8443/mount/"}, nil},
		"loopback":           {client.Config{BaseURL: "http://127.1.2.3:8080"}, nil},
		"loopback, IPv6":     {client.Config{BaseURL: "http://[::1]:8080"}, nil},
		"loopback, name":     {client.Config{BaseURL: "http://LocalHost"}, nil},
		"insecure":           {client.Config{BaseURL: "http://auth.example", InsecureHTTP: true}, nil},
		"origins":            {client.Config{BaseURL: base, Origins: []string{"https://a.example", "https://b.example:444/"}}, nil},
		"zero":               {client.Config{}, []string{"BaseURL: is required"}},
		"no address":         {client.Config{BaseURL: "https://%zz"}, []string{"BaseURL: is not an address"}},
		"no scheme":          {client.Config{BaseURL: "auth.example"}, []string{"BaseURL: must begin with https://"}},
		"other scheme":       {client.Config{BaseURL: "ftp://auth.example"}, []string{"BaseURL: must begin with https://"}},
		"no host":            {client.Config{BaseURL: "https://:443"}, []string{"BaseURL: must begin with"}},
		"user":               {client.Config{BaseURL: "https://u:" + password + "@auth.example"}, []string{"BaseURL: must have no user"}},
		"query":              {client.Config{BaseURL: base + "?x=1"}, []string{"BaseURL: must have no user, query"}},
		"fragment":           {client.Config{BaseURL: base + "#x"}, []string{"BaseURL: must have no user, query"}},
		"plain http":         {client.Config{BaseURL: "http://auth.example"}, []string{"BaseURL: auth.example would send", "InsecureHTTP"}},
		"looks like this":    {client.Config{BaseURL: "http://localhost.example"}, []string{"BaseURL: localhost.example would"}},
		"origin, path":       {client.Config{BaseURL: base, Origins: []string{base + "/api"}}, []string{"Origins[0]: must be scheme"}},
		"origin, plain http": {client.Config{BaseURL: base, Origins: []string{base, "http://a.example"}}, []string{"Origins[1]: a.example would"}},
		"label, control":     {client.Config{BaseURL: base, Label: "a\nb"}, []string{"Label must"}},
		"label, long":        {client.Config{BaseURL: base, Label: strings.Repeat("é", 129)}, []string{"Label must"}},
		"own client":         {client.Config{BaseURL: base, HTTPClient: ours}, []string{"HTTPClient is that of a Client"}},
		"no file":            {client.Config{BaseURL: base, Store: client.NewFileStore("")}, []string{"NewFileStore needs a path"}},
		"all at once": {
			client.Config{BaseURL: "auth.example", Origins: []string{"x", ""}, RefreshBefore: -1, Label: "\x00"},
			[]string{"client: Config: BaseURL: ", "Origins[0]: ", "Origins[1]: is required", "RefreshBefore must", "Label must"},
		},
	} {
		_, err := client.New(tt.cfg)
		if tt.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want …%s…", name, err, want)
			}
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

// TestDefaultHTTPClient wants a default that does not wait for ever, also where
// the program has replaced the default transport.
func TestDefaultHTTPClient(t *testing.T) {
	former := http.DefaultTransport
	defer func() { http.DefaultTransport = former }()
	var used int
	http.DefaultTransport = roundTripper(func(*http.Request) (*http.Response, error) {
		used++
		return nil, errLost
	})
	for _, h := range []*http.Client{nil, {}} {
		c := must[*client.Client](t)(client.New(client.Config{BaseURL: "https://auth.example", HTTPClient: h}))
		if err := c.Login(t.Context(), username, password); err == nil {
			t.Error("got no error")
		}
		_, _ = c.HTTPClient().Get("https://elsewhere.example")
		c.HTTPClient().CloseIdleConnections()
	}
	if used != 4 {
		t.Errorf("the default transport was used %d times, want 4", used)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
