package peers

// These are the claims that are not registered with IANA for every JWT, which a
// service has in a struct of its own beside those of its library.
type private struct {
	Type  string   `json:"type"`
	Fresh bool     `json:"fresh"`
	Scope string   `json:"scope"`
	Roles []string `json:"roles"`
}

func privateClaims() private {
	return private{Type: "access", Fresh: true, Scope: scope, Roles: roles()}
}
