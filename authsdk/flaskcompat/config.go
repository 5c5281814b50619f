package flaskcompat

import (
	"context"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Config configures [New]. Each field says which option or callback of
// Flask-JWT-Extended it is; empty fields have the default of that option,
// except where it leaves something open: then the zero value is the safe one.
type Config struct {
	// Algorithm is JWT_ALGORITHM: HS256 unless set.
	Algorithm string
	// DecodeAlgorithms is JWT_DECODE_ALGORITHMS. Algorithm is always accepted;
	// what does not fit its key needs DecodeKey.
	DecodeAlgorithms []string
	// Secret is JWT_SECRET_KEY. RFC 7518 section 3.2 wants it as long as the
	// hash; shorter ones need InsecureShortSecret.
	Secret []byte
	// PrivateKey and PublicKey are JWT_PRIVATE_KEY and JWT_PUBLIC_KEY in PEM.
	// Without the private one no tokens are made.
	PrivateKey, PublicKey []byte
	// EncodeKey is encode_key_loader: a []byte, or a private key of crypto.
	EncodeKey func(ctx context.Context, identity any) (any, error)
	// DecodeKey is decode_key_loader: a []byte, or a public key of crypto, that
	// must fit the alg of the header. Header and claims are not verified yet.
	// Where it is set Secret and PublicKey may be empty.
	DecodeKey func(ctx context.Context, header, claims map[string]any) (any, error)

	// AccessExpires and RefreshExpires are JWT_ACCESS_TOKEN_EXPIRES and
	// JWT_REFRESH_TOKEN_EXPIRES: 15 minutes and 30 days unless set.
	AccessExpires, RefreshExpires time.Duration
	// IdentityClaim is JWT_IDENTITY_CLAIM: sub unless set.
	IdentityClaim string
	// OmitNotBefore is JWT_ENCODE_NBF = False.
	OmitNotBefore bool
	// EncodeAudience and EncodeIssuer are JWT_ENCODE_AUDIENCE and
	// JWT_ENCODE_ISSUER; one audience is written as a string, more as a list.
	EncodeAudience []string
	EncodeIssuer   string
	// DecodeAudience and DecodeIssuer are JWT_DECODE_AUDIENCE and
	// JWT_DECODE_ISSUER: one of them must fit; empty means that nobody looks.
	DecodeAudience, DecodeIssuer []string
	// Leeway is JWT_DECODE_LEEWAY: zero to five minutes.
	Leeway time.Duration

	// Locations is JWT_TOKEN_LOCATION: headers, cookies, query_string and json,
	// in the order of the search. Empty means headers.
	Locations []string
	// HeaderName and HeaderType are JWT_HEADER_NAME and JWT_HEADER_TYPE:
	// Authorization and Bearer unless set. BareHeader is an empty type.
	HeaderName, HeaderType string
	BareHeader             bool
	// QueryName and QueryPrefix are JWT_QUERY_STRING_NAME, jwt unless set, and
	// JWT_QUERY_STRING_VALUE_PREFIX.
	QueryName, QueryPrefix string
	// JSONKey and RefreshJSONKey are JWT_JSON_KEY and JWT_REFRESH_JSON_KEY:
	// access_token and refresh_token unless set.
	JSONKey, RefreshJSONKey string

	// Cookies are the options of cookies and of their protection.
	Cookies CookieConfig

	// UserIdentity is user_identity_loader.
	UserIdentity func(ctx context.Context, identity any) (any, error)
	// AdditionalClaims and AdditionalHeaders are the loaders of these names.
	// What they return is not changed.
	AdditionalClaims, AdditionalHeaders func(ctx context.Context, identity any) (map[string]any, error)
	// Revoked is token_in_blocklist_loader.
	Revoked func(context.Context, *authsdk.Claims) (bool, error)
	// Verify is token_verification_loader: false refuses the token.
	Verify func(context.Context, *authsdk.Claims) (bool, error)
	// UserLookup is user_lookup_loader: nil means that there is no such user.
	UserLookup func(context.Context, *authsdk.Claims) (any, error)

	// MessageKey is JWT_ERROR_MESSAGE_KEY: msg unless set.
	MessageKey string
	// Render writes all refusals, for the seven response loaders; nil means
	// Renderer(MessageKey). With [authsdk.Renderer.Except] it replaces some.
	Render authsdk.Renderer
	// OnError, if set, is told of every refusal with its cause, for the log.
	OnError func(*http.Request, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// InsecureShortSecret accepts a secret of any length.
	InsecureShortSecret bool
	// InsecureAnySubject is JWT_VERIFY_SUB = False: sub may be no string.
	InsecureAnySubject bool
	// InsecureNoAccessExpiry and InsecureNoRefreshExpiry are expiry options of
	// False: these tokens never end.
	InsecureNoAccessExpiry, InsecureNoRefreshExpiry bool
}

// CookieConfig has the options of cookies. Unlike Flask-JWT-Extended's they
// are Secure, and unsafe requests of pages elsewhere are refused.
type CookieConfig struct {
	// Access and Refresh name the cookies, and the header and field of their
	// CSRF values. Empty names are those of Flask-JWT-Extended:
	// access_token_cookie, csrf_access_token, X-CSRF-TOKEN, csrf_token and
	// those of refresh.
	Access, Refresh authsdk.CookieNames
	// Domain is JWT_COOKIE_DOMAIN.
	Domain string
	// SameSite is JWT_COOKIE_SAMESITE; zero leaves the attribute out, which
	// browsers take for Lax.
	SameSite http.SameSite
	// Partitioned sets the attribute of that name.
	Partitioned bool
	// Lasting is JWT_SESSION_COOKIE = False: cookies last for a year.
	Lasting bool
	// CSRFInBody is JWT_CSRF_IN_COOKIES = False: no readable cookies are set.
	CSRFInBody bool
	// CSRFForm is JWT_CSRF_CHECK_FORM: a form field may carry the value.
	CSRFForm bool
	// TrustedOrigins are further origins that may send unsafe requests.
	TrustedOrigins []string

	// InsecureHTTP is JWT_COOKIE_SECURE = False.
	InsecureHTTP bool
	// InsecureAnyOrigin leaves out the check of Origin and Sec-Fetch-Site,
	// which Flask-JWT-Extended does not know.
	InsecureAnyOrigin bool
	// InsecureNoCSRF is JWT_COOKIE_CSRF_PROTECT = False. Tokens have no csrf then.
	InsecureNoCSRF bool
	// InsecureCSRFMethods is JWT_CSRF_METHODS: the methods that need the CSRF
	// value, instead of POST, PUT, PATCH and DELETE. Every other one is open.
	InsecureCSRFMethods []string
}
