package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
)

// keyCmd manages the key file. A server that runs sees what is done within a
// minute.
type keyCmd struct {
	Generate keyGenerateCmd `cmd:"" help:"Make a key that signs at once; the keys before it verify on."`
	Rotate   keyRotateCmd   `cmd:"" help:"Make the next key: published now, signing later, so that everybody knows it by then."`
	List     keyListCmd     `cmd:"" help:"List the keys and what they do."`
	Retire   keyRetireCmd   `cmd:"" help:"Let a key sign no longer; it verifies until its last token has ended."`
	Remove   keyRemoveCmd   `cmd:"" help:"Take a key out at once, and with it every token that it has signed."`
	Export   keyExportCmd   `cmd:"" help:"Print the public keys as a JWK Set, or with --private all of them."`
	Import   keyImportCmd   `cmd:"" help:"Add a key from a file, a JWK or PEM, as the next one."`
	Check    keyCheckCmd    `cmd:"" help:"Tell what is wrong with the key file, or will be."`
}

// algFlag chooses an algorithm.
type algFlag struct {
	Alg string `default:"ES256" enum:"ES256,ES384,EdDSA,RS256,PS256,HS256,HS384,HS512" help:"Algorithm: ES256, ES384, EdDSA, RS256, PS256, HS256, HS384 or HS512."`
}

// timingFlags are the parts of a key's life.
type timingFlags struct {
	Ahead time.Duration `default:"15m"   env:"AUTHSDK_KEY_AHEAD" help:"How long a key is published before it signs."`
	Keep  time.Duration `default:"2160h" env:"AUTHSDK_KEY_KEEP"  help:"How long a key verifies after it has signed: the longest life of a session."`
}

func (f timingFlags) timing(now bool) keyring.Timing {
	if now || f.Ahead == 0 {
		return keyring.Timing{AtOnce: true, Keep: f.Keep}
	}
	return keyring.Timing{Ahead: f.Ahead, Keep: f.Keep}
}

type keyGenerateCmd struct {
	keyFlags
	algFlag
}

// Run makes a key that signs at once.
func (g *keyGenerateCmd) Run(ctx context.Context, c console) error {
	r := keyRotateCmd{keyFlags: g.keyFlags, algFlag: g.algFlag, Now: true}
	return r.Run(ctx, c)
}

type keyRotateCmd struct {
	keyFlags
	algFlag
	timingFlags

	Now bool `help:"Let the key sign at once: those who keep the old set refuse its tokens until they fetch again."`
}

// Run makes the next key.
func (r *keyRotateCmd) Run(ctx context.Context, c console) error {
	key, err := authsdk.GenerateKey(authsdk.Algorithm(r.Alg))
	if err != nil {
		return err
	}
	return r.add(ctx, c, r.keyFlags, key, "made")
}

// add puts a key into the file, and says when it signs.
func (r *keyRotateCmd) add(ctx context.Context, c console, f keyFlags, key *authsdk.Key, done string) error {
	ring, err := f.change(ctx, func(old *keyring.Ring, now time.Time) (*keyring.Ring, error) {
		if r.Now { // what is waiting must not come back before it
			for _, e := range old.Entries() {
				if old.State(e.Key.ID(), now) == keyring.Next {
					var err error
					if old, err = old.Retire(e.Key.ID(), now, r.timing(true)); err != nil {
						return nil, err
					}
				}
			}
		}
		return old.Rotate(key, now, r.timing(r.Now))
	})
	if err != nil {
		return err
	}
	signs := "it signs now"
	for _, e := range ring.Entries() {
		if e.Key.ID() == key.ID() && e.Activate.After(time.Now()) {
			signs = "it signs from " + e.Activate.UTC().Format(time.RFC3339) + " on"
		}
	}
	_, err = fmt.Fprintf(c.out, "%s %s in %s; %s\n", done, key, f.where(), signs)
	return err
}

type keyListCmd struct {
	keyFlags

	JSON bool `help:"Print JSON."`
}

// listed is a key as it is listed.
type listed struct {
	ID        string            `json:"id"`
	Algorithm authsdk.Algorithm `json:"algorithm"`
	State     keyring.State     `json:"state"`
	Created   *time.Time        `json:"created,omitempty"`
	Signs     *time.Time        `json:"signs_from,omitempty"`
	Until     *time.Time        `json:"verifies_until,omitempty"`
}

// Run lists the keys.
func (l *keyListCmd) Run(ctx context.Context, c console) error {
	ring, err := l.ring(ctx)
	if err != nil {
		return err
	}
	keys := []listed{}
	for _, e := range ring.Entries() {
		keys = append(keys, listed{
			e.Key.ID(), e.Key.Algorithm(), ring.State(e.Key.ID(), time.Now()), known(e.Created), known(e.Activate), known(e.Expire),
		})
	}
	if l.JSON {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(keys)
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tALGORITHM\tSTATE\tSIGNS FROM\tVERIFIES UNTIL")
	for _, k := range keys {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.State, shown(k.Signs), shown(k.Until))
	}
	return table.Flush()
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func shown(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.DateTime)
}

type keyRetireCmd struct {
	keyFlags
	timingFlags

	ID string `arg:"" help:"ID of the key, as key list shows it; write -- before one that begins with a hyphen."`
}

// Run retires a key.
func (r *keyRetireCmd) Run(ctx context.Context, c console) error {
	_, err := r.change(ctx, func(old *keyring.Ring, now time.Time) (*keyring.Ring, error) {
		return old.Retire(r.ID, now, r.timing(false))
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s signs no longer\n", r.ID)
	return err
}

type keyRemoveCmd struct {
	keyFlags
	algFlag

	ID      string `arg:"" help:"ID of the key, as key list shows it; write -- before one that begins with a hyphen."`
	Replace bool   `help:"Make a key that takes its place at once, if it is the one that signs."`
}

// Run removes a key.
func (r *keyRemoveCmd) Run(ctx context.Context, c console) error {
	var made *authsdk.Key
	_, err := r.change(ctx, func(old *keyring.Ring, now time.Time) (*keyring.Ring, error) {
		next, err := old.Remove(r.ID, now)
		if err == nil || !r.Replace || old.State(r.ID, now) != keyring.Active {
			return next, err
		}
		if made, err = authsdk.GenerateKey(authsdk.Algorithm(r.Alg)); err != nil {
			return nil, err
		}
		if old, err = old.Rotate(made, now, keyring.Timing{AtOnce: true}); err != nil {
			return nil, err
		}
		return old.Remove(r.ID, now)
	})
	if err != nil {
		return err
	}
	if made != nil {
		_, _ = fmt.Fprintf(c.out, "made %s in its place\n", made)
	}
	_, err = fmt.Fprintf(c.out, "%s is removed: the server refuses its tokens within a minute, services when they fetch the keys again\n", r.ID)
	return err
}

type keyExportCmd struct {
	keyFlags

	Private bool `help:"Print the private keys as well: whoever has them can sign."`
}

// Run prints the keys.
func (e *keyExportCmd) Run(ctx context.Context, c console) error {
	if e.Private {
		ring, err := e.ring(ctx)
		if err != nil {
			return err
		}
		data, err := ring.Marshal()
		if err != nil {
			return err
		}
		_, err = c.out.Write(data)
		return err
	}
	keys, err := e.load(ctx)
	if err != nil {
		return err
	}
	_, err = c.out.Write(keys.PublicJWKS())
	return err
}

type keyImportCmd struct {
	keyFlags
	timingFlags

	File string `arg:"" help:"File with the private key, a JWK or PEM." type:"existingfile"`
	Alg  string `help:"Algorithm, for RSA keys in PEM: RS256 or PS256."`
	Now  bool   `help:"Let the key sign at once."`
}

// Run adds a key from a file.
func (i *keyImportCmd) Run(ctx context.Context, c console) error {
	data, err := os.ReadFile(i.File)
	if err != nil {
		return setting("%w", err)
	}
	key, err := authsdk.ParseKey(data, authsdk.Algorithm(i.Alg))
	if err != nil {
		return setting("%s: %w", i.File, err)
	}
	r := keyRotateCmd{timingFlags: i.timingFlags, Now: i.Now}
	return r.add(ctx, c, i.keyFlags, key, "added")
}

type keyCheckCmd struct{ keyFlags }

// soon is how long before the end of something it is worth telling.
const soon = 7 * 24 * time.Hour

// Run checks the key file. It exits with 1 if something is wrong.
func (k *keyCheckCmd) Run(ctx context.Context, c console) error {
	ring, err := k.ring(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	var errs []error
	signs := 0
	for _, e := range ring.Entries() {
		state := ring.State(e.Key.ID(), now)
		if state == keyring.Active {
			signs++
		}
		if state == keyring.Active && !e.Expire.IsZero() && e.Expire.Sub(now) < soon {
			errs = append(errs, fmt.Errorf("%s signs, and ends on %s: rotate", e.Key.ID(), e.Expire.UTC().Format(time.DateTime)))
		}
		_, _ = fmt.Fprintf(c.out, "%-8s  %s\n", state, e.Key)
	}
	if signs == 0 {
		errs = append(errs, errors.New("no key signs: `authsdk key rotate` makes one"))
	}
	return errors.Join(errs...)
}
