package jwe

// DecryptUnchecked decrypts without the checks in front: for vectors whose
// headers are not those of nested tokens.
func (k *Key) DecryptUnchecked(token string) (string, bool) { return k.decrypt(token) }
