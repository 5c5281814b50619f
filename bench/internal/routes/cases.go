//go:build unix

package routes

import (
	"context"
	"fmt"

	"github.com/authsdk/authsdk-go/bench/internal/measure"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

// Cases returns a case for each of [All].
func Cases(ctx context.Context, f *peers.Fixture) ([]*measure.Case, error) {
	all := All()
	cases := make([]*measure.Case, len(all))
	for i := range all {
		r := &all[i]
		h, err := r.Build(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.ID(), err)
		}
		client := NewClient(ctx, h, f.Token)
		cases[i] = measure.Each(r.ID(), func() error {
			if got := client.Send(); got != r.Want() {
				return fmt.Errorf("got status %d, want %d", got, r.Want())
			}
			return nil
		})
	}
	return cases, nil
}
