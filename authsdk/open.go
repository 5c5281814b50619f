package authsdk

import "fmt"

// openWith finds the key that the header of a token names in keys, and checks
// the signature. Nothing of the payload is read before that (RFC 8725 section
// 3.3). If it is for a request, what is returned may have room for it.
func (v *Verifier) openWith(keys *KeySet, raw string, tok compact, request bool) (*opened, error) {
	header := keys.headers.get(tok.header)
	if header == nil || !header.key.costly() {
		return v.check(keys, header, tok, request)
	}
	o, hash := v.cache.get(keys, raw)
	if o == nil {
		var err error
		if o, err = v.check(keys, header, tok, false); err != nil {
			return nil, err
		}
		v.cache.add(hash, keys, raw, o)
	}
	return o, nil
}

// check is openWith for a token that is not remembered. The header is nil if it is
// not known what it says.
func (v *Verifier) check(keys *KeySet, header *joseHeader, tok compact, request bool) (*opened, error) {
	d, ok := v.decoders.Get().(*decoder)
	if !ok {
		d = &decoder{base64url: v.base64url}
	}
	defer v.decoders.Put(d)
	d.used = 0
	payload, err := d.segment(tok.payload)
	if err != nil {
		return nil, fmt.Errorf("%w: payload", err)
	}
	signature, err := d.segment(tok.signature)
	if err != nil {
		return nil, fmt.Errorf("%w: signature", err)
	}
	known := header != nil
	if !known {
		data, err := d.segment(tok.header)
		if err != nil {
			return nil, fmt.Errorf("%w: header", err)
		}
		if header, err = keys.parseHeader(data); err != nil {
			return nil, err
		}
	}
	if err := d.verify(header.key, tok.signed, signature); err != nil {
		return nil, err
	}
	if !known {
		keys.headers.add(tok.header, header)
	}
	var o *opened
	if header.key.costly() && v.cache.size > 0 {
		o = newKnown()
	} else {
		o = newOpened(request)
	}
	o.typ, o.KeyID, o.Header = header.typ, header.key.id, header.raw
	if err := o.parse(payload, &keys.openings, v.base64url); err != nil {
		return nil, err
	}
	if o.Type == "" && v.cfg.TypeByHeader && o.typ == Access.header() {
		o.Type = Access
	}
	return o, nil
}
