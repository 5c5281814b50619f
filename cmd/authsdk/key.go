package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/authsdk/authsdk-go/authsdk"
)

// keyCmd manages the key file.
type keyCmd struct {
	Generate keyGenerateCmd `cmd:"" help:"Make a key that signs from the next start on; the keys before it still verify."`
	List     keyListCmd     `cmd:"" help:"List the keys."`
}

type keyGenerateCmd struct {
	keyFlags

	Alg string `default:"ES256" enum:"ES256,ES384,EdDSA,RS256,PS256,HS256,HS384,HS512" help:"Algorithm: ES256, ES384, EdDSA, RS256, PS256, HS256, HS384 or HS512."`
}

// Run makes a key.
func (g *keyGenerateCmd) Run(c console) error {
	_, err := os.Stat(g.Keys)
	keys, err := g.add(authsdk.Algorithm(g.Alg), !errors.Is(err, fs.ErrNotExist))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "made %s in %s; restart the server to sign with it\n", keys.Signer(), g.Keys)
	return err
}

type keyListCmd struct{ keyFlags }

// Run lists the keys.
func (l *keyListCmd) Run(c console) error {
	keys, err := l.load()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tALGORITHM\tUSE")
	for _, k := range keys.Keys() {
		use := "verifies"
		if k == keys.Signer() {
			use = "signs"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", k.ID(), k.Algorithm(), use)
	}
	return table.Flush()
}
