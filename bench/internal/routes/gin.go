package routes

import (
	"net/http"

	ginjwt "github.com/appleboy/gin-jwt/v3"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

func ginEngine(h gin.HandlerFunc, guards ...gin.HandlerFunc) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(guards...)
	e.GET(Path, h)
	return e
}

func ginBare(*peers.Fixture) (http.Handler, error) {
	return ginEngine(func(c *gin.Context) { c.Status(http.StatusNoContent) }), nil
}

func ginOurs(f *peers.Fixture) (http.Handler, error) {
	v, err := verifier(f)
	if err != nil {
		return nil, err
	}
	return ginEngine(func(c *gin.Context) { c.Status(status(subjectOf(c))) }, authgin.Require(v, authsdk.Policy{})), nil
}

// ginJWT reads claims into a map: the library has no other way.
func ginJWT(f *peers.Fixture) (http.Handler, error) {
	secret, _ := f.Private.([]byte)
	m, err := ginjwt.New(&ginjwt.GinJWTMiddleware{
		Realm: "orders", SigningAlgorithm: string(f.Algorithm), Key: secret, IdentityKey: "sub",
		ParseOptions: []jwt.ParserOption{
			jwt.WithValidMethods([]string{string(f.Algorithm)}),
			jwt.WithIssuer(peers.Issuer), jwt.WithAudience(peers.Audience), jwt.WithIssuedAt(), jwt.WithExpirationRequired(),
		},
	})
	if err != nil {
		return nil, err
	}
	return ginEngine(func(c *gin.Context) {
		subject, _ := ginjwt.ExtractClaims(c)["sub"].(string)
		c.Status(status(subject))
	}, m.MiddlewareFunc()), nil
}
