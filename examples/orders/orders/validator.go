package orders

import (
	_ "embed"

	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/authsdk/server"
)

//go:embed openapi.yaml
var document []byte

// Validator guards the orders and the token endpoints by generated tables.
func Validator(shop *Security, tokens *server.Server) (*security.Validator, error) {
	v, err := NewSecurityValidator(shop)
	if err != nil {
		return nil, err
	}
	return withTokens(v, tokens)
}

// StartupValidator is [Validator] for a program that generates nothing: it
// reads the document when it starts.
func StartupValidator(shop *Security, tokens *server.Server) (*security.Validator, error) {
	v, err := openapi.NewValidator(document, map[string]security.Authenticator{
		"oauth":      shop.Oauth,
		"session":    shop.Session,
		"csrf":       shop.CSRF,
		"partnerKey": shop.PartnerKey,
	})
	if err != nil {
		return nil, err
	}
	return withTokens(v, tokens)
}

// withTokens adds the document of the token endpoints to another one, so that
// one guard knows both.
func withTokens(shop *security.Validator, tokens *server.Server) (*security.Validator, error) {
	endpoints, err := tokens.Validator()
	if err != nil {
		return nil, err
	}
	return security.Join(shop, endpoints)
}
