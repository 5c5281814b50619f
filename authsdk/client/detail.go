package client

// ownDetails returns the texts of the SDK's own problems (authsdk/errors.go), by
// code. They hold nothing that was sent. They are written out, as importing
// them would link all that verifies tokens into every client.
func ownDetails() map[string]string {
	return map[string]string{
		"token_missing":          "A token is required.",
		"token_malformed":        "The token is malformed.",
		"token_invalid":          "The token is invalid.",
		"token_expired":          "The token has expired.",
		"token_revoked":          "The token has been revoked.",
		"token_wrong_type":       "A token of another type is required.",
		"fresh_token_required":   "A fresh token is required: authenticate again.",
		"insufficient_scope":     "The token does not grant what this request needs.",
		"csrf_failed":            "The request could not be told from a cross-site forgery.",
		"user_not_found":         "The account is not available.",
		"invalid_credentials":    "The user name or the password is wrong.",
		"too_many_attempts":      "Too many failed attempts. Try again later.",
		"server_busy":            "The server is busy. Try again.",
		"store_unavailable":      "A service behind this one does not answer. Try again.",
		"session_not_found":      "There is no such session.",
		"credentials_malformed":  "The credentials are sent in a malformed way.",
		"request_malformed":      "The request is malformed.",
		"unsupported_media_type": "The body must be application/json.",
		"server_error":           "Something went wrong.",
		"not_found":              "There is nothing here.",
	}
}
