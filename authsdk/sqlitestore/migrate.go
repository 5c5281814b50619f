package sqlitestore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"os"

	"github.com/authsdk/authsdk-go/internal/schema"
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
	current, latest, err := schema.Versions(ctx, schema.SQLite, db, migrations)
	if err != nil {
		return err
	}
	if current > latest {
		return fmt.Errorf("is of schema %d, and this program knows %d: use the newer program, or restore the backup made before it ran", current, latest)
	}
	if current < latest {
		err = schema.Up(ctx, schema.SQLite, db, migrations)
	}
	return err
}

// Schema returns the version of the tables of the file at path, which must
// exist, and the latest that this package knows. Open brings one to the other.
func Schema(ctx context.Context, path string) (current, latest int64, err error) {
	path, err = absolute(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("sqlitestore: %w", err)
	}
	db, err := connect(path, 1, "")
	if err != nil {
		return 0, 0, explain(path, err)
	}
	defer func() { _ = db.Close() }()
	err = try(ctx, func(ctx context.Context) error {
		current, latest, err = schema.Versions(ctx, schema.SQLite, db, migrations)
		return err
	})
	if err != nil {
		return 0, 0, explain(path, err)
	}
	return current, latest, nil
}
