package sqlitestore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// Each file is one step, applied in one transaction, and never changed once it
// has been released.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date. Another process may be doing the same:
// whoever comes second fails, with nothing changed, and looks again.
func migrate(ctx context.Context, db *sql.DB) error {
	for attempt := 0; ; attempt++ {
		err := tryLong(ctx, func(ctx context.Context) error { return migrateOnce(ctx, db) })
		second := code(err) == codeError || code(err) == codeConstraint // what was to be made exists
		if !second || attempt == 5 {
			return err
		}
	}
}

func migrateOnce(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithTableName("authsdk_migrations"),
		goose.WithDisableGlobalRegistry(true), // what the application registers is not ours
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		return err
	}
	current, known, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fmt.Errorf("is of schema %d, and this program knows %d: use the newer program, or restore the backup made before it ran", current, known)
	}
	if current < known {
		_, err = provider.Up(ctx)
	}
	return err
}
