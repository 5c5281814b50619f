package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Refusals of this service, beside the SDK's.
var (
	errType  = &authsdk.Error{Code: "unknown_type", Status: http.StatusBadRequest, Detail: "the type of client is unknown"}
	errLevel = &authsdk.Error{Code: "low_level", Status: http.StatusForbidden, Detail: "the permission level is too low"}
)

// fault is the number and the words that clients of this service know.
type fault struct {
	Code int    `json:"error_code"`
	Msg  string `json:"msg"`
	// Request repeats what was asked for.
	Request string `json:"request"`
}

// numbered is the fault of a refusal: by its code, or else by its status.
func numbered(e *authsdk.Error) fault {
	switch e.Code {
	case authsdk.ErrTokenMissing.Code:
		return fault{Code: 1001, Msg: "token missing"}
	case authsdk.ErrTokenExpired.Code:
		return fault{Code: 1003, Msg: "token expired"}
	case authsdk.ErrInvalidCredentials.Code:
		return fault{Code: 1004, Msg: "account or secret wrong"}
	case errType.Code:
		return fault{Code: 1005, Msg: errType.Detail}
	case errLevel.Code:
		return fault{Code: 1006, Msg: errLevel.Detail}
	}
	if e.Status == http.StatusUnauthorized {
		return fault{Code: 1002, Msg: "token invalid"}
	}
	return fault{Code: e.Status, Msg: http.StatusText(e.Status)}
}

// refuse writes every refusal: of the guards, of the router and of the handlers.
func refuse(w http.ResponseWriter, r *http.Request, e *authsdk.Error) {
	e.SetHeaders(w.Header())
	body := numbered(e)
	body.Request = r.Method + " " + r.URL.Path
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err) // the caller has gone
	}
}

// failed answers the errors of handlers, and those of Echo, such as 404.
func failed(c *echo.Context, err error) {
	if response, _ := echo.UnwrapResponse(c.Response()); response != nil && response.Committed {
		return
	}
	e := authsdk.ErrorOf(err)
	if of := (*authsdk.Error)(nil); !errors.As(err, &of) {
		if status := echo.StatusCode(err); status >= http.StatusBadRequest {
			e = &authsdk.Error{Code: "http", Status: status}
		}
	}
	if e.Status >= http.StatusInternalServerError {
		log.Print(err)
	}
	refuse(c.Response(), c.Request(), e)
}
