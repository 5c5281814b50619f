package pgstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authsdk/authsdk-go/internal/oneline"
)

const defaultMaxConns = 16

// errURL says nothing of the URL: of one that cannot be read, nobody knows
// where the password stands.
var errURL = errors.New("the URL must look like postgres://USER:PASSWORD@HOST:PORT/DATABASE; " +
	"write what is special in the password as %XX")

// parse reads the URL and adds the settings of this package.
func parse(raw string) (*pgxpool.Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" {
		return nil, errURL
	}
	query := u.Query()
	if query.Has("password") || query.Has("sslpassword") {
		return nil, errors.New("a password in the query would stand in logs: write postgres://USER:PASSWORD@HOST, or set PGPASSWORD")
	}
	cfg, err := pgxpool.ParseConfig(raw)
	if err != nil {
		return nil, quiet(u, err)
	}
	if !query.Has("pool_max_conns") {
		cfg.MaxConns = defaultMaxConns
	}
	if cfg.ConnConfig.ConnectTimeout == 0 || cfg.ConnConfig.ConnectTimeout > patience {
		cfg.ConnConfig.ConnectTimeout = patience
		dialer := &net.Dialer{Timeout: patience}
		cfg.ConnConfig.DialFunc = dialer.DialContext
	}
	if cfg.ConnConfig.ValidateConnect == nil { // of several hosts, the one that can be written to
		cfg.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	cfg.AfterConnect = settle
	return cfg, nil
}

// quiet is an error about a URL without its password, which some errors quote.
func quiet(u *url.URL, err error) error {
	text := err.Error()
	if cause := errors.Unwrap(err); cause != nil {
		text = cause.Error()
	}
	if password, ok := u.User.Password(); ok && password != "" {
		text = strings.ReplaceAll(text, password, "xxxxx")
		text = strings.ReplaceAll(text, url.QueryEscape(password), "xxxxx")
	}
	return fmt.Errorf("%s: %s", u.Redacted(), text)
}

// settleSession: a commit is on the disk before it is acknowledged; a statement
// sees what was committed before it, and so what another refresh has just
// decided; and one whose caller has gone ends nevertheless.
const settleSession = `
SELECT
	set_config('synchronous_commit', CASE current_setting('synchronous_commit')
		WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
	set_config('default_transaction_isolation', 'read committed', false),
	set_config('statement_timeout', $1, false)`

func settle(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, settleSession, strconv.FormatInt(patience.Milliseconds(), 10))
	return err
}

// explain makes one line of an error of Open: which server, what is wrong, and
// what to do where that is plain.
func explain(cfg *pgx.ConnConfig, err error) error {
	hint := ""
	switch code(err) {
	case "28P01", "28000":
		hint = "check user and password: "
	case "3D000":
		hint = "create the database first: "
	case "42501":
		hint = "give the user its rights: "
	}
	where := net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	return fmt.Errorf("pgstore: database %q at %s: %s%w", cfg.Database, where, hint, oneline.Error(err))
}
