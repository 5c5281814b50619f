package users

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/alexedwards/argon2id"
)

// hasher makes and checks password hashes in PHC format.
type hasher struct {
	params argon2id.Params
	// decoy is checked in place of a hash that does not exist. Nothing matches
	// it, and it takes the time of a hash.
	decoy string
}

// newHasher takes the parameters that the OWASP Password Storage Cheat Sheet
// recommends for a single lane. One set for all is also what makes all checks
// take the same time.
func newHasher(cheap bool) *hasher {
	h := &hasher{params: argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}}
	if cheap {
		h.params.Memory, h.params.Iterations = 64, 1
	}
	random := make([]byte, h.params.SaltLength+h.params.KeyLength)
	_, _ = rand.Read(random) // never fails
	encode := base64.RawStdEncoding.EncodeToString
	h.decoy = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", h.params.Memory, h.params.Iterations, h.params.Parallelism,
		encode(random[:h.params.SaltLength]), encode(random[h.params.SaltLength:]))
	return h
}

// hash returns a new hash of password.
func (h *hasher) hash(password string) (string, error) {
	return argon2id.CreateHash(password, &h.params)
}

// errHash does not wrap what the decoder says, which may quote the hash.
var errHash = errors.New("the stored password hash is damaged or of a kind that is not checked here: set a new password")

// check reports whether hash is one of password, and whether it was made with
// other parameters than new ones are. An error means that hash cannot be
// checked.
func (h *hasher) check(password, hash string) (match, outdated bool, err error) {
	params, _, _, err := argon2id.DecodeHash(hash)
	if err != nil || !sane(params) {
		return false, false, errHash
	}
	match, _, err = argon2id.CheckHash(password, hash)
	return match, *params != h.params, err
}

// Limits of hashes that come from elsewhere, in KiB of memory and in KiB
// touched: a gibibyte, which four passes fill in some seconds.
const (
	maxMemory = 1 << 20
	maxWork   = 4 << 20
)

// sane refuses parameters that would stop the process, in memory, in time or
// by a panic of the library, and keys so short that many passwords match.
func sane(p *argon2id.Params) bool {
	return p.Parallelism >= 1 && p.Iterations >= 1 &&
		p.Memory >= 8*uint32(p.Parallelism) && p.Memory <= maxMemory &&
		uint64(p.Memory)*uint64(p.Iterations) <= maxWork &&
		p.SaltLength >= 8 && p.SaltLength <= 64 &&
		p.KeyLength >= 16 && p.KeyLength <= 128
}
