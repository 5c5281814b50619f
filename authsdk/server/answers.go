package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/gen/api"
)

// issued answers with tokens: in cookies, or in the body. The generated answer
// has room for one Set-Cookie only.
type issued struct {
	pair    *authsdk.TokenPair
	cookies *authsdk.Cookies // nil: in the body
}

func (s *Server) issued(pair *authsdk.TokenPair, cookie bool) issued {
	if cookie {
		return issued{pair, s.cfg.Cookies}
	}
	return issued{pair, nil}
}

// VisitLoginResponse implements api.LoginResponseObject.
func (a issued) VisitLoginResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitRefreshResponse implements api.RefreshResponseObject.
func (a issued) VisitRefreshResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitReauthenticateResponse implements api.ReauthenticateResponseObject.
func (a issued) VisitReauthenticateResponse(w http.ResponseWriter) error { return a.write(w) }

func (a issued) write(w http.ResponseWriter) error {
	p := a.pair
	scope := strings.Join(p.Scopes, " ")
	access, refresh := seconds(p.AccessExpires.Sub(p.IssuedAt)), seconds(p.RefreshExpires.Sub(p.IssuedAt))
	var body any = api.TokenPair{
		AccessToken: p.AccessToken, TokenType: api.TokenTypeBearer, ExpiresIn: access,
		RefreshToken: p.RefreshToken, RefreshExpiresIn: refresh, Scope: scope, SessionID: p.SessionID,
	}
	if a.cookies != nil {
		body = api.CookieSession{
			ExpiresIn: access, RefreshExpiresIn: refresh, Scope: scope, SessionID: p.SessionID,
			CSRFToken: p.AccessCSRF, RefreshCSRFToken: p.RefreshCSRF,
		}
		if err := a.cookies.Set(w, p); err != nil {
			return err
		}
	}
	return writeJSON(w, body)
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// writeJSON marshals before it writes, so that a failure can still be answered.
func writeJSON(w http.ResponseWriter, body any) error {
	out, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("server: answer: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(append(out, '\n'))
	return err
}

// signedOut answers 204, and takes the cookies away if the caller had them.
type signedOut struct {
	cookies *authsdk.Cookies // nil: leave them
}

func (s *Server) signedOut(cookie bool) signedOut {
	if cookie {
		return signedOut{s.cfg.Cookies}
	}
	return signedOut{}
}

// VisitLogoutResponse implements api.LogoutResponseObject.
func (a signedOut) VisitLogoutResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitLogoutAllResponse implements api.LogoutAllResponseObject.
func (a signedOut) VisitLogoutAllResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitRevokeSessionResponse implements api.RevokeSessionResponseObject.
func (a signedOut) VisitRevokeSessionResponse(w http.ResponseWriter) error { return a.write(w) }

func (a signedOut) write(w http.ResponseWriter) error {
	if a.cookies != nil {
		a.cookies.Clear(w)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
