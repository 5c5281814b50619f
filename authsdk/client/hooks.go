package client

import "fmt"

// saved tells Config.OnSave of a pair that the store has taken. It needs the turn.
func (c *Client) saved(pair *Token) {
	if c.onSave != nil {
		c.onSave(*pair)
	}
}

// over tells Config.OnLogout, and returns why as [ErrLoggedOut]. It needs the
// turn, and is called by whoever took a session from held.
func (c *Client) over(cause error) error {
	err := ErrLoggedOut
	if cause != nil {
		err = fmt.Errorf("%w: %w", ErrLoggedOut, cause)
	}
	if c.onLogout != nil {
		c.onLogout(err)
	}
	return err
}
