package main

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/redis/go-redis/v9/logging"

	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/mysqlstore"
	"github.com/authsdk/authsdk-go/authsdk/pgstore"
	"github.com/authsdk/authsdk-go/authsdk/redisstore"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// engine is a kind of store.
type engine struct {
	open func(ctx context.Context, where string) (sessionStore, error)
	// schema returns the version of the tables, and the latest; nil for an
	// engine without tables.
	schema func(ctx context.Context, where string) (current, latest int64, err error)
	// server is set where the place is the URL of one, which may hold a password.
	server bool
	// noUsers is set where only sessions can be kept.
	noUsers bool
}

// path is what stands behind the host in the URL of a server.
func (e engine) path() string {
	if e.schema == nil {
		return ""
	}
	return "/DATABASE"
}

// sessionStore is what all engines have.
type sessionStore interface {
	session.Store
	revocation.Store
	userstore.Throttle
	Ping(ctx context.Context) error
	Close() error
}

// memory is the store that is gone with its process.
type memory struct{ *memstore.Store }

// Ping has nobody to ask.
func (memory) Ping(context.Context) error { return nil }

// Close has nothing to close.
func (memory) Close() error { return nil }

// storeForms are the places that --store knows.
const storeForms = "sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE, mysql://USER:PASSWORD@HOST/DATABASE, redis://USER:PASSWORD@HOST or memory:"

// engineOf returns the engine of a kind, which is what stands before the colon.
func engineOf(kind string) (e engine, ok bool) {
	switch kind {
	case "memory":
		e.open = func(context.Context, string) (sessionStore, error) { return memory{memstore.New()}, nil }
	case "sqlite":
		e.open = func(ctx context.Context, path string) (sessionStore, error) { return sqlitestore.Open(ctx, path) }
		e.schema = sqlitestore.Schema
	case "postgres", "postgresql":
		e.open = func(ctx context.Context, dsn string) (sessionStore, error) { return pgstore.Open(ctx, dsn) }
		e.schema = pgstore.Schema
		e.server = true
	case "mysql":
		e.open = func(ctx context.Context, dsn string) (sessionStore, error) { return mysqlstore.Open(ctx, dsn) }
		e.schema = mysqlstore.Schema
		e.server = true
	case "redis", "rediss":
		e.open = func(ctx context.Context, dsn string) (sessionStore, error) {
			logging.Disable() // the driver would write lines of its own; what goes wrong is returned
			return redisstore.Open(ctx, dsn)
		}
		e.server = true
		e.noUsers = true
	default:
		return engine{}, false
	}
	return e, true
}

// place is where a store is: of which kind, and its path or URL.
type place struct {
	engine

	flag, kind, where, shown string
}

// String returns the place as it was given, without a password.
func (p place) String() string { return p.shown }

// parsePlace reads the value of a flag. Its errors do not quote it.
func parsePlace(flag, value string) (place, error) {
	if value == "memory" {
		return place{}, setting("%s is %q: did you mean memory:", flag, value)
	}
	kind, rest, _ := strings.Cut(value, ":")
	e, known := engineOf(kind)
	p := place{engine: e, flag: flag, kind: kind, where: rest, shown: value}
	switch {
	case !known || kind == "memory" && rest != "" || kind == "sqlite" && rest == "":
		return place{}, setting("%s must be %s, not one of kind %q", flag, storeForms, kind)
	case e.server:
		u, err := url.Parse(value)
		if err != nil || u.Host == "" && !u.Query().Has("host") { // of a socket, as libpq writes it
			return place{}, setting("%s must look like %s://USER:PASSWORD@HOST%s; write what is special in the password as %%XX", flag, kind, e.path())
		}
		query := u.Query()
		if query.Has("password") {
			return place{}, setting("%s: a password in the query would stand in logs: write %s://USER:PASSWORD@HOST%s", flag, kind, e.path())
		}
		p.where, p.shown = value, u.Redacted()
	}
	return p, nil
}

// outlives refuses a place that ends with the command: it would say that it has done
// what no server ever sees.
func (p place) outlives() error {
	if p.kind != "memory" {
		return nil
	}
	return setting("%s is memory:, which ends with this command: give the store that the server has", p.flag)
}

// exists refuses a place where there is nothing to look into.
func (p place) exists(ctx context.Context) error {
	maker := "authsdk user add"
	if p.flag == "--key-store" {
		maker = "authsdk key generate"
	}
	switch {
	case p.kind == "sqlite":
		if _, err := os.Stat(p.where); errors.Is(err, fs.ErrNotExist) {
			return setting("%s: there is no database at %s; `authsdk serve` and `%s` make one", p.flag, p.where, maker)
		}
	case p.schema != nil:
		current, _, err := p.schema(ctx, p.where)
		if err != nil {
			return setting("%s: %w", p.flag, err)
		}
		if current == 0 {
			return setting("%s: there are no tables in %s; `authsdk serve` and `%s` make them", p.flag, p, maker)
		}
	}
	return nil
}
