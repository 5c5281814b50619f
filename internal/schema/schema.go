// Package schema brings the tables of the SQL stores up to date. It stands
// apart so that goose is known here alone.
package schema

import (
	"context"
	"database/sql"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// The dialects of the stores.
const (
	MySQL    = string(goose.DialectMySQL)
	Postgres = string(goose.DialectPostgres)
	SQLite   = string(goose.DialectSQLite3)
)

// Latest returns the version of the last of the migrations.
func Latest(migrations fs.FS) (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql") // in the order of their names
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1])
}

// Versions returns the version of the tables in db, and that of the last of
// the migrations. It makes the table that holds the former.
func Versions(ctx context.Context, dialect string, db *sql.DB, migrations fs.FS) (current, latest int64, err error) {
	p, err := provider(dialect, db, migrations)
	if err != nil {
		return 0, 0, err
	}
	return p.GetVersions(ctx)
}

// Up applies the migrations that db lacks. One that comes second finds the
// work done only where the caller holds a lock.
func Up(ctx context.Context, dialect string, db *sql.DB, migrations fs.FS) error {
	p, err := provider(dialect, db, migrations)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func provider(dialect string, db *sql.DB, migrations fs.FS) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.Dialect(dialect), db, files,
		goose.WithTableName("authsdk_migrations"),
		goose.WithDisableGlobalRegistry(true), // what the application registers is not ours
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	)
}
