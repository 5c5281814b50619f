package flaskcompat_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
)

// inBody sends a body in which TOKEN stands for a token of the kind.
func (k kind) inBody(t *testing.T, cfg config, media, body string) answer {
	t.Helper()
	cfg.Locations = []string{"json"}
	m := manager(t, cfg)
	return send(m, k.policy, request(http.MethodPost, "/", replaceToken(body, k.make(t, m, options{})), "Content-Type", media))
}

const (
	asJSON   = "application/json"
	bothKeys = `{"access_token":"TOKEN","refresh_token":"TOKEN"}`
)

func TestFJE088_ContentType(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for _, media := range []string{"application/x-www-form-urlencoded", "text/plain", "application/jsonp", ""} {
			k.inBody(t, config{}, media, bothKeys).says(t, k.name+" "+media, http.StatusUnauthorized, "Invalid content-type. Must be application/json.")
		}
		k.inBody(t, config{}, "application/vnd.api+json", bothKeys).says(t, k.name, http.StatusOK, "")
	}
}

func TestFJE089_CustomKeys(t *testing.T) {
	t.Parallel()
	cfg := config{JSONKey: "Foo", RefreshJSONKey: "Bar"}
	for i, key := range []string{"Foo", "Bar"} {
		kinds[i].inBody(t, cfg, asJSON, bothKeys).says(t, key, http.StatusUnauthorized, `Missing "`+key+`" key in json data.`)
		kinds[i].inBody(t, cfg, asJSON, `{"`+key+`":"TOKEN"}`).says(t, key, http.StatusOK, "")
	}
}

func TestFJE090_MissingKeys(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for _, body := range []string{"", "{}", "null", "[]", "0", "{", `{"access_token":null,"refresh_token":""}`, "\xff"} {
			k.inBody(t, config{}, asJSON, body).says(t, body, http.StatusUnauthorized, `Missing "`+k.name+`_token" key in json data.`)
		}
	}
	cfg := config{Render: own(http.StatusTeapot, authsdk.ErrTokenMissing)}
	kinds[0].inBody(t, cfg, asJSON, "").is(t, "own", http.StatusTeapot, `{"own":"Missing \"access_token\" key in json data."}`)
}

// A body is read up to 64 KiB in the search for a token, and is there again for
// the handler.
func TestJSONBounds(t *testing.T) {
	t.Parallel()
	got := kinds[0].inBody(t, config{}, asJSON, `{"access_token":"TOKEN"`+strings.Repeat(" ", 64<<10)+"}")
	got.says(t, "large", http.StatusBadRequest, "The request is malformed.")
	m := manager(t, config{Locations: []string{"json"}})
	body := `{"access_token":"` + access(t, m, options{}) + `","more":1}`
	h := authhttp.Require(m.Verifier(), plain)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	serve(h, request("POST", "/", body, "Content-Type", asJSON)).is(t, "handler", http.StatusOK, body)
}

func TestFJE091_DefaultKeys(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		k.inBody(t, config{}, asJSON, bothKeys).says(t, k.name, http.StatusOK, "")
		k.inBody(t, config{}, asJSON, `{"access_token":"x","refresh_token":"x","`+k.name+`_token":"TOKEN"}`).says(t, "the last counts", http.StatusOK, "")
		k.inBody(t, config{}, asJSON, `{"access_token":1,"refresh_token":1}`).says(t, "number", http.StatusUnprocessableEntity,
			"Invalid token type. Token must be a <class 'bytes'>")
	}
}

func TestFJE092_ContentTypeWithParameters(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for _, media := range []string{"application/json; charset=utf-8", "Application/JSON;charset", "application/json;a=b;a=c"} {
			k.inBody(t, config{}, media, bothKeys).says(t, k.name+" "+media, http.StatusOK, "")
		}
	}
}
