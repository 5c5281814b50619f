package authsdk

import (
	"encoding/base64"
	"encoding/binary"
)

// base64url encodes and decodes base64url without padding (RFC 4648 section 5,
// RFC 7515 section 2). It decodes nothing else: encoding/base64 skips line
// breaks, so that one token would have many spellings, and its output may be
// shorter than its input says; here every character counts.
type base64url struct {
	places [4][256]uint32  // what a character adds at each place of four
	pairs  [1 << 12]uint16 // the two characters of twelve bits
}

// noCharacter marks what is not of the alphabet.
const noCharacter = 1 << 31

func newBase64url() *base64url {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b base64url
	for place := range b.places {
		for c := range b.places[place] {
			b.places[place][c] = noCharacter
		}
		for value := range len(alphabet) {
			b.places[place][alphabet[value]] = uint32(value) << (18 - 6*place)
		}
	}
	for value := range b.pairs {
		b.pairs[value] = uint16(alphabet[value>>6])<<8 | uint16(alphabet[value&63])
	}
	return &b
}

// appendTo appends data, encoded, to out.
func (b *base64url) appendTo(out, data []byte) []byte {
	for ; len(data) >= 8; data = data[6:] { // of eight bytes, six are encoded
		v := binary.BigEndian.Uint64(data)
		out = binary.BigEndian.AppendUint64(out, uint64(b.pairs[v>>52])<<48|uint64(b.pairs[v>>40&0xFFF])<<32|
			uint64(b.pairs[v>>28&0xFFF])<<16|uint64(b.pairs[v>>16&0xFFF]))
	}
	return base64.RawURLEncoding.AppendEncode(out, data)
}

// consists reports whether all of s is of the alphabet, which is that of IDs, too.
func (b *base64url) consists(s string) bool {
	var all uint32
	for i := range len(s) {
		all |= b.places[3][s[i]]
	}
	return all&noCharacter == 0
}

// size returns the length of s, decoded.
func (*base64url) size(s string) int { return len(s) * 3 / 4 }

// decode decodes s into out, whose length is the size of s. It refuses a
// character that is not of the alphabet, a length that nothing encodes to, and
// unused bits that are not zero: RFC 4648 section 3.5.
func (b *base64url) decode(out []byte, s string) bool {
	var all uint32
	for len(s) >= 8 && len(out) >= 8 {
		v := b.places[0][s[0]] | b.places[1][s[1]] | b.places[2][s[2]] | b.places[3][s[3]]
		w := b.places[0][s[4]] | b.places[1][s[5]] | b.places[2][s[6]] | b.places[3][s[7]]
		all |= v | w
		binary.BigEndian.PutUint64(out, uint64(v)<<40|uint64(w)<<16) // the last two bytes are overwritten
		s, out = s[8:], out[6:]
	}
	for s != "" {
		n := min(len(s), 4)
		var v uint32
		for i := range n {
			v |= b.places[i][s[i]]
		}
		all |= v
		var four [4]byte
		binary.BigEndian.PutUint32(four[:], v<<8)
		done := copy(out, four[:n*3/4])
		if n == 1 || v&(1<<(24-8*done)-1) != 0 {
			return false
		}
		s, out = s[n:], out[done:]
	}
	return all&noCharacter == 0
}
