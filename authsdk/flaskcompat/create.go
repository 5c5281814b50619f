package flaskcompat

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TokenOptions are what create_access_token and create_refresh_token take
// beside the identity.
type TokenOptions struct {
	// Fresh and FreshFor are fresh: true, or for a duration from now. Refresh
	// tokens are never fresh.
	Fresh    bool
	FreshFor time.Duration
	// ExpiresIn is expires_delta; zero means the configuration's. A negative
	// one makes a token that has ended.
	ExpiresIn time.Duration
	// InsecureNoExpiry is expires_delta = False.
	InsecureNoExpiry bool
	// Claims and Headers are additional_claims and additional_headers. They go
	// before those of the loaders, and before every claim and header of the
	// package: alg, too, if the key fits. A claim that is a time.Time is written
	// in seconds as iat, nbf and exp, and else as HTTP writes dates.
	Claims, Headers map[string]any
}

// CreateAccessToken is create_access_token. The identity becomes the identity
// claim as it is, or as UserIdentity returns it; one that is no string makes
// tokens that only a manager with InsecureAnySubject accepts.
func (m *Manager) CreateAccessToken(ctx context.Context, identity any, o TokenOptions) (string, error) {
	ttl, never := m.cfg.AccessExpires, m.cfg.InsecureNoAccessExpiry
	return m.create(ctx, authsdk.Access, identity, o, ttl, never)
}

// CreateRefreshToken is create_refresh_token.
func (m *Manager) CreateRefreshToken(ctx context.Context, identity any, o TokenOptions) (string, error) {
	if o.Fresh || o.FreshFor != 0 {
		return "", errors.New("flaskcompat: refresh tokens are never fresh")
	}
	ttl, never := m.cfg.RefreshExpires, m.cfg.InsecureNoRefreshExpiry
	return m.create(ctx, authsdk.Refresh, identity, o, ttl, never)
}

func (m *Manager) create(
	ctx context.Context, t authsdk.TokenType, identity any, o TokenOptions, ttl time.Duration, never bool,
) (string, error) {
	header := map[string]any{"alg": m.cfg.Algorithm, "typ": "JWT"}
	if err := merge(ctx, header, m.cfg.AdditionalHeaders, identity, o.Headers); err != nil {
		return "", fmt.Errorf("flaskcompat: headers: %w", err)
	}
	algorithm, err := finish(header)
	if err != nil {
		return "", err
	}
	now := m.cfg.Now()
	claims, err := m.claims(ctx, t, identity, now)
	if err != nil {
		return "", err
	}
	if o.FreshFor != 0 {
		claims["fresh"] = seconds(now.Add(o.FreshFor))
	} else {
		claims["fresh"] = o.Fresh
	}
	if o.ExpiresIn != 0 {
		ttl, never = o.ExpiresIn, false
	}
	if !never && !o.InsecureNoExpiry {
		claims["exp"] = int64(math.Floor(seconds(now.Add(ttl))))
	}
	if err := merge(ctx, claims, m.cfg.AdditionalClaims, identity, o.Claims); err != nil {
		return "", fmt.Errorf("flaskcompat: claims: %w", err)
	}
	for name, value := range claims {
		if at, ok := value.(time.Time); ok {
			claims[name] = date(name, at)
		}
	}
	return m.encode(ctx, algorithm, header, claims, identity)
}

// claims are those that the package gives every token.
func (m *Manager) claims(ctx context.Context, t authsdk.TokenType, identity any, now time.Time) (map[string]any, error) {
	subject := identity
	if m.cfg.UserIdentity != nil {
		var err error
		if subject, err = m.cfg.UserIdentity(ctx, identity); err != nil {
			return nil, fmt.Errorf("flaskcompat: user identity: %w", err)
		}
	}
	claims := map[string]any{
		"iat": now.Unix(), "jti": uuid(), "type": string(t), m.cfg.IdentityClaim: subject,
	}
	if !m.cfg.OmitNotBefore {
		claims["nbf"] = now.Unix()
	}
	if !m.cfg.Cookies.InsecureNoCSRF {
		claims["csrf"] = uuid()
	}
	switch len(m.cfg.EncodeAudience) {
	case 0:
	case 1:
		claims["aud"] = m.cfg.EncodeAudience[0]
	default:
		claims["aud"] = m.cfg.EncodeAudience
	}
	if m.cfg.EncodeIssuer != "" {
		claims["iss"] = m.cfg.EncodeIssuer
	}
	return claims, nil
}

// merge adds what the loader returns, and then what the caller gives.
func merge(
	ctx context.Context, into map[string]any, load func(context.Context, any) (map[string]any, error), identity any, given map[string]any,
) error {
	if load != nil {
		loaded, err := load(ctx, identity)
		if err != nil {
			return err
		}
		maps.Copy(into, loaded)
	}
	maps.Copy(into, given)
	return nil
}

// date writes a time as Flask does: in seconds where RFC 7519 has a date, and
// as HTTP does elsewhere.
func date(claim string, at time.Time) any {
	switch claim {
	case "iat", "nbf", "exp":
		return at.Unix()
	}
	return at.UTC().Format(http.TimeFormat)
}

// finish checks a header and returns its algorithm.
func finish(header map[string]any) (string, error) {
	algorithm, ok := header["alg"].(string)
	if !ok || method(algorithm) == nil {
		return "", fmt.Errorf("flaskcompat: headers: alg is %v, which is no algorithm", header["alg"])
	}
	if kid, ok := header["kid"]; ok && !isString(kid) {
		return "", errors.New("flaskcompat: headers: kid must be a string")
	}
	if empty(header["typ"]) {
		delete(header, "typ")
	}
	return algorithm, nil
}

func (m *Manager) encode(ctx context.Context, algorithm string, header, claims map[string]any, identity any) (string, error) {
	head, err := json.Marshal(header)
	if err != nil {
		return "", fmt.Errorf("flaskcompat: headers: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("flaskcompat: claims: %w", err)
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString(head) + "." + enc.EncodeToString(payload)
	sig, err := m.sign(ctx, algorithm, signed, identity)
	if err != nil {
		return "", err
	}
	return signed + "." + enc.EncodeToString(sig), nil
}

// uuid returns a random UUID, RFC 9562 section 5.4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
