// Package oneline shapes the errors that a start of a store ends with.
package oneline

import "strings"

// lineError is an error whose text is one line.
type lineError struct{ error }

// Error returns the text in one line.
func (e lineError) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }

// Unwrap returns the error.
func (e lineError) Unwrap() error { return e.error }

// Error returns the cause in err, which is the last of what it wraps, with a
// text without line breaks.
func Error(err error) error {
	for {
		wrapped, ok := err.(interface{ Unwrap() []error })
		if !ok {
			return lineError{err}
		}
		all := wrapped.Unwrap()
		if len(all) == 0 {
			return lineError{err}
		}
		err = all[len(all)-1]
	}
}
