package mysqlstore

import (
	"context"
	"database/sql"
)

// Ping reports whether the store could read and write now: a connection can be
// had, its server takes writes, and the tables are there and may be used. It
// changes nothing.
func (s *Store) Ping(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// Refused where nothing may be written.
		if _, err := tx.ExecContext(ctx, `UPDATE authsdk_sessions SET label = label WHERE id = ''`); err != nil {
			return err
		}
		var rows int
		return tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM authsdk_locks)
			+ (SELECT count(*) FROM (SELECT id FROM authsdk_users LIMIT 1) AS u)
			+ (SELECT count(*) FROM authsdk_keys)
			+ (SELECT count(*) FROM authsdk_revocation_head)
			+ (SELECT count(*) FROM (SELECT seq FROM authsdk_revocations LIMIT 1) AS r)`).Scan(&rows)
	})
}

const durability = `SELECT @@global.innodb_flush_log_at_trx_commit, @@global.log_bin, @@global.sync_binlog`

// Warnings returns what about the settings of the server lets it forget what it
// has acknowledged, a sentence each.
func (s *Store) Warnings(ctx context.Context) (found []string, err error) {
	var flush, binlog, sync int
	err = s.read(ctx, func(ctx context.Context) error {
		return s.db.QueryRowContext(ctx, durability).Scan(&flush, &binlog, &sync)
	})
	if err != nil {
		return nil, err
	}
	switch flush {
	case 1:
	case 2:
		found = append(found, "the server has innodb_flush_log_at_trx_commit = 2: a crash of its machine can lose "+
			"the last second, revocations too; set it to 1")
	default:
		found = append(found, "the server has innodb_flush_log_at_trx_commit = 0: a crash can lose "+
			"the last second, revocations too; set it to 1")
	}
	if binlog != 0 && sync != 1 {
		found = append(found, "the server writes a binary log with sync_binlog other than 1: after a crash its "+
			"replicas can lack what it acknowledged; set it to 1")
	}
	return found, nil
}
