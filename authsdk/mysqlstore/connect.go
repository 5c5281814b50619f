package mysqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/authsdk/authsdk-go/internal/oneline"
)

const defaultMaxConns = 16

// errURL says nothing of the URL: of one that cannot be read, nobody knows
// where the password stands.
var errURL = errors.New("the URL must look like mysql://USER:PASSWORD@HOST:PORT/DATABASE; " +
	"write what is special in the password as %XX")

// config is what a URL says.
type config struct {
	driver   *mysql.Config
	maxConns int
}

func parse(raw string) (*config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "mysql" || u.Hostname() == "" || strings.Trim(u.Path, "/") == "" {
		return nil, errURL
	}
	query := u.Query()
	c := &config{maxConns: defaultMaxConns}
	if most := query.Get("max_conns"); most != "" {
		query.Del("max_conns")
		if c.maxConns, err = strconv.Atoi(most); err != nil || c.maxConns < 2 { // one holds the lock of migrate
			return nil, errors.New("max_conns in the URL must be a number of 2 or more")
		}
	}
	if query.Has("password") {
		return nil, errors.New("a password in the query would stand in logs: write mysql://USER:PASSWORD@HOST/DATABASE")
	}
	if !query.Has("tls") {
		query.Set("tls", "preferred")
	}
	address := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "3306"))
	c.driver, err = mysql.ParseDSN("tcp(" + address + ")/" + url.PathEscape(strings.Trim(u.Path, "/")) + "?" + query.Encode())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.Redacted(), err) // of what has no password in it
	}
	c.driver.User = u.User.Username()
	c.driver.Passwd, _ = u.User.Password()
	c.driver.Logger = &mysql.NopLogger{} // what goes wrong is returned
	c.driver.ClientFoundRows = true      // rows that match count, also those that are as they should be already
	c.driver.RejectReadOnly = true       // a primary that has become a replica: look for the new one
	c.driver.MultiStatements = false     // nothing that is injected is a statement of its own
	c.driver.AllowAllFiles = false       // nor reads a file
	if c.driver.Timeout == 0 || c.driver.Timeout > patience {
		c.driver.Timeout = patience
	}
	return c, nil
}

// pool returns connections, each made when it is needed.
func (c *config) pool() *sql.DB {
	connector, err := mysql.NewConnector(c.driver)
	if err != nil {
		connector = failed{err}
	}
	db := sql.OpenDB(settled{connector})
	db.SetMaxOpenConns(c.maxConns)
	db.SetMaxIdleConns(c.maxConns)
	db.SetConnMaxIdleTime(time.Minute) // before the server or something in between ends it
	db.SetConnMaxLifetime(10 * time.Minute)
	return db
}

// failed makes no connection.
type failed struct{ err error }

// Connect returns the error.
func (f failed) Connect(context.Context) (driver.Conn, error) { return nil, f.err }

// Driver returns the driver.
func (failed) Driver() driver.Driver { return mysql.MySQLDriver{} }

// settled makes connections with the settings of this package: a statement
// sees what was committed before it, nothing is cut to fit, and a lock is not
// waited for after the caller has gone.
type settled struct{ driver.Connector }

// Connect makes a connection.
func (s settled) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{
		"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = " +
			strconv.Itoa(int(patience.Seconds())),
	} {
		execer, ok := conn.(driver.ExecerContext)
		if !ok {
			err = errors.New("the driver executes no statements")
		} else {
			_, err = execer.ExecContext(ctx, statement, nil)
		}
		if err != nil {
			_ = conn.Close() // err says what happened
			return nil, err
		}
	}
	return conn, nil
}

// explain makes one line of an error of Open: which server, what is wrong, and
// what to do where that is plain.
func (c *config) explain(err error) error {
	hint := ""
	switch code(err) {
	case 1045, 1698:
		hint = "check user and password: "
	case 1044, 1142:
		hint = "give the user its rights: "
	case 1049:
		hint = "create the database first: "
	}
	return fmt.Errorf("mysqlstore: database %q at %s: %s%w", c.driver.DBName, c.driver.Addr, hint, oneline.Error(err))
}
