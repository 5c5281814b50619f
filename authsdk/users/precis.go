package users

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

const (
	maxName = 128 // characters
	// The floor of NIST SP 800-63B; it also wants 64 characters to be possible.
	minPassword = 8    // characters
	maxPassword = 1024 // bytes
)

// ErrInvalid is in the chain of every error about a name, a password, a scope
// or a role that a user cannot have. The text says what to change; it never
// holds a password.
var ErrInvalid = errors.New("users: not accepted")

// Canonical returns the one spelling of a user name that is stored and
// compared: that of the profile UsernameCaseMapped (RFC 8265 section 3.3),
// in which names that differ in case, in width or in Unicode normalization
// are the same, and spaces, control characters and invisible ones do not
// occur. The canonical form of a canonical name is itself. Names have 1 to 128
// characters; errors wrap [ErrInvalid] and do not repeat the name.
func Canonical(name string) (string, error) {
	if name == "" {
		return "", fmt.Errorf("%w: the name is empty", ErrInvalid)
	}
	// Counted before and after: a long name costs nothing, and lower case may
	// be longer.
	if utf8.RuneCountInString(name) > maxName {
		return "", errLongName
	}
	canonical, err := precis.UsernameCaseMapped.String(name)
	if err != nil {
		return "", fmt.Errorf("%w: the name has a character that names cannot have: use letters, digits and signs like . _ - @, without spaces", ErrInvalid)
	}
	if utf8.RuneCountInString(canonical) > maxName {
		return "", errLongName
	}
	return canonical, nil
}

var errLongName = fmt.Errorf("%w: the name is too long: it may have %d characters", ErrInvalid, maxName)

// typed returns the spelling of a password that is hashed: that of the profile
// OpaqueString (RFC 8265 section 4.2), so that a password typed on another
// keyboard is the same password. Apart from that every character counts.
func typed(password string) (string, error) {
	// The profile would turn every invalid byte into the same character.
	if !utf8.ValidString(password) {
		return "", fmt.Errorf("%w: the password is not valid UTF-8", ErrInvalid)
	}
	out, err := precis.OpaqueString.String(password)
	if err != nil {
		return "", fmt.Errorf("%w: the password is empty or has a character that cannot be typed everywhere (control characters, joined emoji): leave it out", ErrInvalid)
	}
	return out, nil
}

// chosen is typed for a password that is to be set.
func chosen(password string) (string, error) {
	if len(password) > maxPassword {
		return "", fmt.Errorf("%w: the password has %d bytes: it may have %d", ErrInvalid, len(password), maxPassword)
	}
	out, err := typed(password)
	if err != nil {
		return "", err
	}
	if n := utf8.RuneCountInString(out); n < minPassword {
		return "", fmt.Errorf("%w: the password has %d characters: it must have at least %d", ErrInvalid, n, minPassword)
	}
	return out, nil
}
