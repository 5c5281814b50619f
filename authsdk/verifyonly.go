package authsdk

// VerifyOnly returns k without its power to sign: what is left of a key when
// another one has taken its place.
func (k *Key) VerifyOnly() *Key {
	return &Key{id: k.id, alg: k.alg, public: k.public, method: k.method}
}
