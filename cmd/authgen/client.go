package main

import (
	"fmt"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// taken reports whether the client that oapi-codegen generates has this option.
func taken(option string) bool {
	switch option {
	case "WithBaseURL", "WithHTTPClient", "WithRequestEditorFn":
		return true
	}
	return false
}

// client writes an option for every scheme, for the client that oapi-codegen
// generates into the same package.
func (g *generator) client(pkg string) ([]byte, error) {
	if err := g.begin(pkg); err != nil {
		return nil, err
	}
	names, err := g.schemeNames()
	if err != nil {
		return nil, err
	}
	kinds := map[security.Kind]bool{}
	for i, s := range g.table.Schemes {
		kinds[s.Kind] = true
		if option := "With" + names[i]; taken(option) && s.Kind != security.MutualTLS {
			return nil, fmt.Errorf("the security scheme %q makes the option %s, which the client of oapi-codegen has already: rename the scheme", s.Name, option)
		}
	}
	delete(kinds, security.MutualTLS) // has no option
	if len(kinds) == 0 {
		return g.finish() // nothing that a request could carry
	}
	g.printf("import (\n\t\"context\"\n\t\"net/http\"\n)\n\n")
	g.printf("// CredentialFunc returns the credential for a request. It is asked for every\n" +
		"// request, so it may renew what it returns; an error keeps the request from\n" +
		"// being sent.\ntype CredentialFunc func(ctx context.Context) (string, error)\n\n")
	if kinds[security.Basic] {
		g.printf("// BasicFunc returns the user name and the password for a request.\n" +
			"type BasicFunc func(ctx context.Context) (username, password string, err error)\n\n")
	}
	for i, name := range names {
		g.option(name, &g.table.Schemes[i])
	}
	return g.finish()
}

// option writes the option of one scheme. Client certificates are set on the
// transport, not on requests.
func (g *generator) option(name string, s *security.Scheme) {
	if s.Kind == security.MutualTLS {
		return
	}
	g.printf("// With%s sends %s with every request.\n", name, comment(describe(s)))
	if s.Kind == security.Basic {
		g.printf("func With%s(f BasicFunc) ClientOption {\n"+
			"\treturn WithRequestEditorFn(func(ctx context.Context, req *http.Request) error {\n"+
			"\t\tusername, password, err := f(ctx)\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n"+
			"\t\treq.SetBasicAuth(username, password)\n\t\treturn nil\n\t})\n}\n\n", name)
		return
	}
	g.printf("func With%s(f CredentialFunc) ClientOption {\n"+
		"\treturn WithRequestEditorFn(func(ctx context.Context, req *http.Request) error {\n"+
		"\t\tvalue, err := f(ctx)\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n", name)
	switch s.Kind {
	case security.APIKeyHeader:
		g.printf("\t\treq.Header.Set(%q, value)\n", s.Param)
	case security.APIKeyCookie:
		g.printf("\t\treq.AddCookie(&http.Cookie{Name: %q, Value: value})\n", s.Param)
	case security.APIKeyQuery:
		g.printf("\t\tquery := req.URL.Query()\n\t\tquery.Set(%q, value)\n\t\treq.URL.RawQuery = query.Encode()\n", s.Param)
	default:
		g.printf("\t\treq.Header.Set(\"Authorization\", \"Bearer \"+value)\n")
	}
	g.printf("\t\treturn nil\n\t})\n}\n\n")
}
