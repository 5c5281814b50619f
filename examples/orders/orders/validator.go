package orders

import (
	_ "embed"
	"maps"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

//go:embed openapi.yaml
var document []byte

// Validator guards the orders and the token endpoints by generated tables.
// What checks the credentials of the endpoints is the server behind them.
func Validator(shop *Security, tokens api.SecurityHandler) (*security.Validator, error) {
	return withTokens(SecurityTable(), SecurityAuthenticators(shop), tokens)
}

// StartupValidator is [Validator] for a program that generates nothing: it
// reads the document when it starts.
func StartupValidator(shop *Security, tokens api.SecurityHandler) (*security.Validator, error) {
	auths := map[string]security.Authenticator{
		"oauth":      shop.Oauth,
		"session":    shop.Session,
		"csrf":       shop.CSRF,
		"partnerKey": shop.PartnerKey,
	}
	v, err := openapi.NewValidator(document, auths)
	if err != nil {
		return nil, err
	}
	return withTokens(v.Table(), auths, tokens)
}

// withTokens adds the document of the token endpoints to another one, so that
// one guard knows both.
func withTokens(own *security.Table, auths map[string]security.Authenticator, tokens api.SecurityHandler) (*security.Validator, error) {
	table, err := security.Merge(own, api.SecurityTable())
	if err != nil {
		return nil, err
	}
	all := maps.Clone(auths)
	maps.Copy(all, api.SecurityAuthenticators(tokens))
	return security.New(table, all)
}
