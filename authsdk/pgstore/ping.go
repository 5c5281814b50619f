package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Ping reports whether the store could read and write now: a connection can be
// had, its server takes writes, and the tables are there and may be used. It
// changes nothing.
func (s *Store) Ping(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context) error {
		var batch pgx.Batch
		batch.Queue(`UPDATE authsdk_sessions SET label = label WHERE id = ''`) // refused where nothing may be written
		batch.Queue(`SELECT FROM authsdk_users LIMIT 1`)
		batch.Queue(`SELECT FROM authsdk_keys LIMIT 1`)
		batch.Queue(`SELECT FROM authsdk_revocation_head LIMIT 1`)
		batch.Queue(`SELECT FROM authsdk_revocations LIMIT 1`)
		return s.pool.SendBatch(ctx, &batch).Close()
	})
}

const durability = `
SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')`

// Warnings returns what about the settings of the server lets it forget what it
// has acknowledged, a sentence each.
func (s *Store) Warnings(ctx context.Context) (found []string, err error) {
	var fsync, pages, commit string
	err = s.read(ctx, func(ctx context.Context) error {
		return s.pool.QueryRow(ctx, durability).Scan(&fsync, &pages, &commit)
	})
	if err != nil {
		return nil, err
	}
	if fsync != "on" {
		found = append(found, "PostgreSQL has fsync off: a crash of its machine can lose or damage everything; set it to on")
	}
	if pages != "on" {
		found = append(found, "PostgreSQL has full_page_writes off: a crash of its machine can damage the tables; set it to on")
	}
	if commit != "on" && commit != "remote_apply" { // which every connection was told
		found = append(found, "PostgreSQL forgets what its sessions are told, so it may lose what it has acknowledged: "+
			"let the pooler in between pool by session")
	}
	return found, nil
}
