package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"text/tabwriter"
)

// migrateCmd looks after the tables of the stores.
type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the tables up to date, or make them. The server does so too when it starts."`
	Status migrateStatusCmd `cmd:"" help:"Show the version of the tables."`
}

type migrateUpCmd struct{ storeFlags }

// Run opens the stores, which brings their tables up to date.
func (m *migrateUpCmd) Run(ctx context.Context, c console) error {
	st, err := m.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(st.close(), m.status(ctx, c))
}

type migrateStatusCmd struct{ storeFlags }

// Run shows the versions.
func (m *migrateStatusCmd) Run(ctx context.Context, c console) error {
	return m.status(ctx, c)
}

// status shows the version of the tables of each store, and that of this program.
func (f storeFlags) status(ctx context.Context, c console) error {
	sessions, accounts, err := f.places()
	if err != nil {
		return err
	}
	places := []place{sessions}
	if accounts.shown != sessions.shown {
		places = append(places, accounts)
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "STORE\tTABLES\tPROGRAM\tSTATE")
	for _, p := range places {
		if p.schema == nil {
			_, _ = fmt.Fprintf(table, "%s\t-\t-\thas no tables\n", p)
			continue
		}
		current, latest, err := p.schema(ctx, p.where)
		if errors.Is(err, fs.ErrNotExist) {
			return setting("%s: %w; `authsdk migrate up` makes one", p.flag, err)
		}
		if err != nil {
			return setting("%s: %w", p.flag, err)
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", p, current, latest, schemaState(current, latest))
	}
	return table.Flush()
}

func schemaState(current, latest int64) string {
	switch {
	case current < latest:
		return "behind: authsdk migrate up"
	case current > latest:
		return "of a newer program"
	}
	return "up to date"
}
