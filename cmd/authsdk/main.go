// Command authsdk is a small auth server: logins, refresh tokens that rotate,
// and the keys by which other services verify its tokens, on SQLite,
// PostgreSQL, MySQL or Redis. It also
// manages the server's users, sessions and keys.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the whole command line. Every flag can be set by the environment; the
// flag wins.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the server."`
	User    userCmd    `cmd:"" help:"Manage the users of the server."`
	Client  clientCmd  `cmd:"" help:"Manage the OAuth clients of the server."`
	Session sessionCmd `cmd:"" help:"List and end sessions."`
	Key     keyCmd     `cmd:"" help:"Manage the keys that sign tokens."`
	Migrate migrateCmd `cmd:"" help:"Bring the tables of the stores up to date."`
	Token   tokenCmd   `cmd:"" help:"Look into tokens."`
	Routes  routesCmd  `cmd:"" help:"Show what an OpenAPI document protects, and what a change of it opens."`
	Spec    specCmd    `cmd:"" help:"Export, check and compare OpenAPI documents."`
}

// console is where commands read and write.
type console struct {
	in       *os.File
	out, err io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr}))
}

// Exit codes: something failed, or the command line or a setting is wrong.
const (
	exitFailed = 1
	exitUsage  = 2
)

// settingError is a mistake in a flag or an environment variable.
type settingError struct{ error }

func (s settingError) Unwrap() error { return s.error }

// setting reports a mistake in a setting, named as on the command line.
func setting(format string, args ...any) error {
	return settingError{fmt.Errorf(format, args...)}
}

func run(args []string, c console) (status int) {
	// kong ends the program after --help; that is caught so that run returns.
	type exit struct{ code int }
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exit:
			status = r.code
		default:
			panic(r)
		}
	}()
	parser, err := kong.New(&cli{},
		kong.Name("authsdk"),
		kong.Description("A small auth server, and its tools."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { panic(exit{code}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return fail(c.err, err)
	}
	parsed, err := parser.Parse(args)
	if err != nil && strings.HasPrefix(err.Error(), "expected one of") {
		err = fmt.Errorf("%w; --help explains them", err)
	}
	if err != nil {
		return fail(c.err, settingError{err})
	}
	// SIGTERM drains, see serve; both end every other command.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(c)
	if err := parsed.Run(); err != nil {
		return fail(c.err, err)
	}
	return 0
}

// fail prints err in one line.
func fail(w io.Writer, err error) int {
	_, _ = fmt.Fprintln(w, "authsdk: "+oneLine(err))
	if _, ok := errors.AsType[settingError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// oneLine joins the lines of an error, without the names of packages that it
// begins with for Go programmers.
func oneLine(err error) string {
	return strings.NewReplacer("\n", "; ",
		"--users: ", "--users: ", "x-authsdk: ", "x-authsdk: ", // a flag and an extension, not packages
		"authsdk: ", "", "session: ", "", "server: ", "", "users: ", "", "oauth: ", "",
		"sqlitestore: ", "", "pgstore: ", "", "mysqlstore: ", "",
		"redisstore: ", "",
		"keyring: ", "", "remotekeys: ", "",
		"IssuerConfig: ", "", "CookieConfig: ", "").Replace(err.Error())
}
