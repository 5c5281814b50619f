package pgstore

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/authsdk/authsdk-go/internal/schema"
)

// Each file is one step, applied in one transaction, and never changed once it
// has been released. Steps only add, so that the version before goes on
// working.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the version of the tables of a database, 0 where there are
// none, and the latest that this package knows. Open brings one to the other.
func Schema(ctx context.Context, url string) (current, latest int64, err error) {
	cfg, err := parse(url)
	if err != nil {
		return 0, 0, fmt.Errorf("pgstore: %w", err)
	}
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return 0, 0, explain(cfg.ConnConfig, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if current, latest, err = versions(ctx, conn); err != nil {
		return 0, 0, explain(cfg.ConnConfig, err)
	}
	return current, latest, nil
}

// migrate brings the tables up to date, while no other process does. The lock
// is held by a connection: the server takes it back when that is gone, and so
// when its process is.
func migrate(ctx context.Context, cfg *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	const lock = `SELECT pg_advisory_lock(hashtextextended('authsdk_migrations ' || current_schema(), 0))`
	if _, err := conn.Exec(ctx, lock); err != nil {
		return err
	}
	current, latest, err := versions(ctx, conn)
	if err != nil || current >= latest {
		return err
	}
	var allowed bool
	const mayCreate = `SELECT has_schema_privilege(current_schema(), 'CREATE')`
	if err := conn.QueryRow(ctx, mayCreate).Scan(&allowed); err != nil {
		return err
	}
	if !allowed {
		return fmt.Errorf("its tables are of version %d, this program needs %d, and the user may not change them: "+
			"let one who may run `authsdk migrate up`", current, latest)
	}
	db := stdlib.OpenDB(*cfg)
	defer func() { _ = db.Close() }()
	return schema.Up(ctx, schema.Postgres, db, migrations)
}

const state = `
SELECT current_setting('server_encoding'), current_schema() IS NOT NULL,
	to_regclass(quote_ident(current_schema()) || '.authsdk_migrations') IS NOT NULL`

// versions looks into the database and changes nothing.
func versions(ctx context.Context, conn *pgx.Conn) (current, latest int64, err error) {
	if latest, err = schema.Latest(migrations); err != nil {
		return 0, 0, err
	}
	var (
		encoding            string
		hasSchema, hasTable bool
	)
	if err := conn.QueryRow(ctx, state).Scan(&encoding, &hasSchema, &hasTable); err != nil {
		return 0, 0, err
	}
	switch {
	case encoding != "UTF8":
		return 0, 0, fmt.Errorf("its encoding is %s: create one with ENCODING 'UTF8'", encoding)
	case !hasSchema:
		return 0, 0, errors.New("the search_path names no schema that is there")
	case !hasTable:
		return 0, latest, nil
	}
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM authsdk_migrations`).Scan(&current)
	return current, latest, err
}
