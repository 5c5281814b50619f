package mysqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	"github.com/authsdk/authsdk-go/internal/schema"
)

// Each file is one step and never changed once it has been released. The
// server cannot undo a step that was interrupted, so each can be run again.
// Steps only add, so that the version before goes on working.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the version of the tables of a database, 0 where there are
// none, and the latest that this package knows. Open brings one to the other.
func Schema(ctx context.Context, url string) (current, latest int64, err error) {
	cfg, err := parse(url)
	if err != nil {
		return 0, 0, fmt.Errorf("mysqlstore: %w", err)
	}
	db := cfg.pool()
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, 0, cfg.explain(err)
	}
	defer func() { _ = conn.Close() }()
	if current, latest, err = versions(ctx, conn); err != nil {
		return 0, 0, cfg.explain(err)
	}
	return current, latest, nil
}

// lockName is of the database: names are of the whole server. A wait ends now
// and then, so that a caller that has gone does not wait for ever.
const (
	lockName    = `concat('authsdk_', md5(database()))`
	migrateLock = `SELECT get_lock(` + lockName + `, 2)`
)

// migrate brings the tables up to date, while no other process does. The lock
// is held by a connection: the server takes it back when that is gone, and so
// when its process is.
func migrate(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for locked := (sql.NullInt64{}); locked.Int64 != 1; {
		if err := conn.QueryRowContext(ctx, migrateLock).Scan(&locked); err != nil {
			return err
		}
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `DO release_lock(`+lockName+`)`) // or it ends with its connection
	}()
	current, latest, err := versions(ctx, conn)
	if err != nil || current >= latest {
		return err
	}
	if current == 0 {
		// The server commits a table at once: a program that was killed may have
		// left this one without its first row, which goose takes for broken.
		if _, err := conn.ExecContext(ctx, `DROP TABLE IF EXISTS authsdk_migrations`); err != nil {
			return err
		}
	}
	return schema.Up(ctx, schema.MySQL, db, migrations)
}

const hasVersions = `
SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = 'authsdk_migrations'`

// versions looks into the database and changes nothing.
func versions(ctx context.Context, conn *sql.Conn) (current, latest int64, err error) {
	if latest, err = schema.Latest(migrations); err != nil {
		return 0, 0, err
	}
	var tables int
	if err := conn.QueryRowContext(ctx, hasVersions).Scan(&tables); err != nil || tables == 0 {
		return 0, latest, err
	}
	err = conn.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM authsdk_migrations`).Scan(&current)
	return current, latest, err
}
