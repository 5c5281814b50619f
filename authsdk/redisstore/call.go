package redisstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk"
)

//go:embed scripts/*.lua
var files embed.FS

// script is one Lua script behind the common part.
type script struct{ source, hash string }

func load(name string) script {
	common, _ := files.ReadFile("scripts/common.lua") // what is embedded is there
	own, _ := files.ReadFile("scripts/" + name + ".lua")
	source := string(common) + "\n" + string(own)
	return script{source, redis.NewScript(source).Hash()}
}

// scripts are the calls that change something, one script each.
type scripts struct{ create, list, mark, revoke, revokeSubject, rotate, saveKeys script }

func newScripts() *scripts {
	return &scripts{
		create: load("create"), list: load("list"), mark: load("mark"), revoke: load("revoke"),
		revokeSubject: load("revoke_subject"), rotate: load("rotate"), saveKeys: load("save_keys"),
	}
}

// once is a command that the client of a Cluster does not send again when the
// connection broke before the answer.
type once struct{ *redis.Cmd }

// NoRetry implements redis.Cmder.
func (once) NoRetry() bool { return true }

// run runs a script, which the server mostly has. One that it does not have
// was not executed, so it is sent whole.
func (s *Store) run(ctx context.Context, which script, keys []string, args ...any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	eval := func(how, what string) (any, error) {
		all := make([]any, 0, 3+len(keys)+len(args))
		all = append(all, how, what, len(keys))
		for _, key := range keys {
			all = append(all, key)
		}
		cmd := redis.NewCmd(ctx, append(all, args...)...)
		_ = s.client.Process(ctx, once{cmd}) // the command has the error, too
		return cmd.Result()
	}
	result, err := eval("evalsha", which.hash)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		result, err = eval("eval", which.source)
	}
	return result, unknown(err)
}

// read runs do, which changes nothing, and once more where a connection broke.
func (s *Store) read(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := do(ctx)
	if broken(err) && ctx.Err() == nil {
		err = do(ctx)
	}
	return unknown(err)
}

// broken reports whether a connection ended under a call.
func broken(err error) bool {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op != "dial" // that was a new one already
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// unknown marks an error that is no answer.
func unknown(err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	return authsdk.Unknown("redisstore", err)
}

// odd is what a script never returns.
func odd(result any) error {
	return authsdk.Unknown("redisstore", fmt.Errorf("a script returned %T", result))
}
