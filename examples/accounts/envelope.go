package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// envelope is every answer.
type envelope struct {
	Code    int    `json:"code"`
	Data    any    `json:"data"`
	Message string `json:"message"`
	State   string `json:"state"` // success or error
}

// Refusals of this service, beside the SDK's.
var (
	errForeign  = &authsdk.Error{Code: "foreign_account", Status: http.StatusForbidden, Detail: "This account is somebody else's."}
	errTaken    = &authsdk.Error{Code: "name_taken", Status: http.StatusConflict, Detail: "The name is taken."}
	errNoRoute  = &authsdk.Error{Code: "not_found", Status: http.StatusNotFound, Detail: "There is nothing here."}
	errNoMethod = &authsdk.Error{Code: "method_not_allowed", Status: http.StatusMethodNotAllowed, Detail: "The method is not allowed here."}
	errFault    = &authsdk.Error{Code: "server_error", Status: http.StatusInternalServerError, Detail: "Something went wrong."}
)

func succeed(c *gin.Context, status int, data any, message string) {
	write(c.Writer, status, envelope{status, data, message, "success"})
}

// refuse writes every refusal: of the guards, of the router and of the handlers.
func refuse(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) {
	e.SetHeaders(w.Header())
	write(w, e.Status, envelope{e.Status, nil, e.Detail, "error"})
}

// fail refuses a request for an error of the SDK.
func fail(c *gin.Context, err error) {
	e := authsdk.ErrorOf(err)
	switch {
	case errors.Is(err, users.ErrExists):
		e = errTaken
	case errors.Is(err, users.ErrInvalid):
		what := strings.TrimPrefix(err.Error(), users.ErrInvalid.Error()+": ")
		e = &authsdk.Error{Code: "not_accepted", Status: http.StatusBadRequest, Detail: "Not accepted: " + what + "."}
	case e.Status >= http.StatusInternalServerError:
		log.Print(err)
	}
	refuse(c.Writer, c.Request, e)
}

// bind reads a JSON body of moderate size, or answers that it is none.
func bind(c *gin.Context, into any) bool {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 4<<10)
	if err := c.ShouldBindJSON(into); err != nil {
		fail(c, authsdk.ErrRequestMalformed)
		return false
	}
	return true
}

func write(w http.ResponseWriter, status int, body envelope) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err) // the caller has gone
	}
}
