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

// script is one Lua script behind a part that several have in common.
type script struct{ source, hash string }

func load(part, name string) script {
	common, _ := files.ReadFile("scripts/" + part + ".lua") // what is embedded is there
	own, _ := files.ReadFile("scripts/" + name + ".lua")
	source := string(common) + "\n" + string(own)
	return script{source, redis.NewScript(source).Hash()}
}

// scripts are the calls that change something, one script each.
type scripts struct {
	create, list, mark, revoke, revokeSubject, rotate, saveKeys, takeFailure, returnFailure script

	appendRevocations, revocations, pruneRevocations, renewRevocations script
}

func newScripts() *scripts {
	of := func(name string) script { return load("common", name) }
	feed := func(name string) script { return load("feed", name) }
	return &scripts{
		create: of("create"), list: of("list"), mark: of("mark"), revoke: of("revoke"),
		revokeSubject: of("revoke_subject"), rotate: of("rotate"), saveKeys: of("save_keys"),
		takeFailure: of("take_failure"), returnFailure: of("return_failure"),
		appendRevocations: feed("append_revocations"), revocations: feed("revocations"),
		pruneRevocations: feed("prune_revocations"), renewRevocations: feed("renew_revocations"),
	}
}

// sentOnce is a command that the client of a Cluster does not send again when the
// connection broke before the answer.
type sentOnce struct{ *redis.Cmd }

// NoRetry implements redis.Cmder.
func (sentOnce) NoRetry() bool { return true }

// run runs a script, which the server mostly has. One that it does not have
// was not executed, so it is sent whole.
func (s *Store) run(ctx context.Context, which script, keys []string, args ...any) (result any, err error) {
	err = s.breaker.Do(ctx, func() error {
		result, err = s.eval(ctx, which, keys, args)
		return err
	})
	return result, err
}

func (s *Store) eval(ctx context.Context, which script, keys []string, args []any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	eval := func(how, what string) (any, error) {
		all := make([]any, 0, 3+len(keys)+len(args))
		all = append(all, how, what, len(keys))
		for _, key := range keys {
			all = append(all, key)
		}
		cmd := redis.NewCmd(ctx, append(all, args...)...)
		_ = s.client.Process(ctx, sentOnce{cmd}) // the command has the error, too
		return cmd.Result()
	}
	result, err := eval("evalsha", which.hash)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		result, err = eval("eval", which.source)
	}
	return result, unknown(err)
}

// once runs do, which is not repeated.
func (s *Store) once(ctx context.Context, do func(context.Context) error) error {
	return s.breaker.Do(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return unknown(do(ctx))
	})
}

// read runs do, which changes nothing, and once more where a connection broke.
func (s *Store) read(ctx context.Context, do func(context.Context) error) error {
	return s.once(ctx, func(ctx context.Context) error {
		err := do(ctx)
		if broken(err) && ctx.Err() == nil {
			err = do(ctx)
		}
		return err
	})
}

// broken reports whether a connection ended under a call.
func broken(err error) bool {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op != "dial" // that was a new one already
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// silent reports whether err is none that the server has sent.
func silent(err error) bool {
	_, sent := errors.AsType[redis.Error](err)
	return !sent
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
