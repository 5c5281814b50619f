package authsdk

import (
	"errors"
	"fmt"
)

func checkAudience(audience []string) error {
	if len(audience) > maxAudience {
		return fmt.Errorf("Audience has %d members: at most %d are accepted", len(audience), maxAudience)
	}
	for _, a := range audience {
		if checkText(a) != nil {
			return errors.New("Audience has a member that is empty, longer than 255 bytes or has control characters")
		}
	}
	return nil
}

func audienceOr(audience []string, issuer string) []string {
	if len(audience) == 0 {
		return []string{issuer}
	}
	return append([]string(nil), audience...)
}
