package routes

import (
	"net/http"

	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

func echo4Router(h echo.HandlerFunc, guards ...echo.MiddlewareFunc) http.Handler {
	e := echo.New()
	e.Use(guards...)
	e.GET(Path, h)
	return e
}

func echo4Bare(*peers.Fixture) (http.Handler, error) {
	return echo4Router(func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }), nil
}

func echo4Ours(f *peers.Fixture) (http.Handler, error) {
	v, err := verifier(f)
	if err != nil {
		return nil, err
	}
	return echo4Router(func(c echo.Context) error {
		return c.NoContent(status(subjectOf(c.Request().Context())))
	}, authecho4.Require(v, authsdk.Policy{})), nil
}

// echoJWT reads claims into a struct. Its own ParseTokenFunc has no place for
// options, so that iss and aud need one that has.
func echoJWT(f *peers.Fixture) (http.Handler, error) {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{string(f.Algorithm)}),
		jwt.WithIssuer(peers.Issuer), jwt.WithAudience(peers.Audience), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	var key jwt.Keyfunc = func(*jwt.Token) (any, error) { return f.Public, nil }
	m, err := echojwt.Config{
		ParseTokenFunc: func(_ echo.Context, auth string) (any, error) {
			return parser.ParseWithClaims(auth, new(peers.GolangClaims), key)
		},
	}.ToMiddleware()
	if err != nil {
		return nil, err
	}
	return echo4Router(func(c echo.Context) error {
		var subject string
		if t, ok := c.Get("user").(*jwt.Token); ok {
			subject, _ = t.Claims.GetSubject()
		}
		return c.NoContent(status(subject))
	}, m), nil
}

func echo5Router(h echo5.HandlerFunc, guards ...echo5.MiddlewareFunc) http.Handler {
	e := echo5.New()
	e.Use(guards...)
	e.GET(Path, h)
	return e
}

func echo5Bare(*peers.Fixture) (http.Handler, error) {
	return echo5Router(func(c *echo5.Context) error { return c.NoContent(http.StatusNoContent) }), nil
}

func echo5Ours(f *peers.Fixture) (http.Handler, error) {
	v, err := verifier(f)
	if err != nil {
		return nil, err
	}
	return echo5Router(func(c *echo5.Context) error {
		return c.NoContent(status(subjectOf(c.Request().Context())))
	}, authecho.Require(v, authsdk.Policy{})), nil
}
