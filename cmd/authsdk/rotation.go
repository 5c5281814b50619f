package main

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// rotationFlags say whether the server looks after its keys.
type rotationFlags struct {
	timingFlags

	RotateEvery time.Duration `env:"AUTHSDK_ROTATE_EVERY" help:"Make a new signing key this often, such as 720h; 0 leaves that to authsdk key rotate."`
	ReloadEvery time.Duration `default:"1m" env:"AUTHSDK_RELOAD_EVERY" help:"How often the key file is read again; shorter than --ahead."`
}

// These are the bounds of keyring.SourceConfig.
const (
	minReload = time.Second
	maxReload = 24 * time.Hour
)

// openKeys opens the key file, or makes one with a key of ES256, and returns
// what looks after it, nil if nobody does.
func (s *serveCmd) openKeys(ctx context.Context, log *slog.Logger) (*keyring.Source, *keyring.Rotator, error) {
	shared, err := s.shared(ctx)
	if err != nil {
		return nil, nil, err
	}
	if s.Ahead < server.KeySetMaxAge+s.ReloadEvery {
		return nil, nil, setting("--ahead is %s: it must be at least %s and --reload-every %s, so that everybody knows a key before it signs",
			s.Ahead, server.KeySetMaxAge, s.ReloadEvery)
	}
	if s.ReloadEvery != 0 && (s.ReloadEvery < minReload || s.ReloadEvery > maxReload) {
		return nil, nil, setting("--reload-every is %s: it must lie between %s and %s", s.ReloadEvery, minReload, maxReload)
	}
	// Without rotation a key that is made by hand says how long it is kept.
	if s.RotateEvery != 0 && s.Keep != 0 && s.Keep < s.RefreshTTL {
		return nil, nil, setting("--keep is %s: it must be at least --refresh-ttl %s, or refresh tokens end before their time", s.Keep, s.RefreshTTL)
	}
	cfg := keyring.RotatorConfig{
		Shared: shared, Every: cmp.Or(s.RotateEvery, conf.MaxTTL), Timing: s.timing(false),
		OnRotate: func(ctx context.Context, key *authsdk.Key) {
			log.InfoContext(ctx, "made a signing key", "in", s.where(), "key", key)
		},
		OnError: func(ctx context.Context, err error) { log.ErrorContext(ctx, "rotate keys", "cause", oneLine(err)) },
	}
	// The constructor names its fields; people know the flags.
	rotationWords := strings.NewReplacer("RotatorConfig: ", "", "Ahead", "--ahead", "Keep", "--keep", "Every", "--rotate-every")
	rotator, err := keyring.NewRotator(cfg)
	if err != nil {
		return nil, nil, setting("%s", rotationWords.Replace(err.Error()))
	}
	// The first key is made in any case; the next ones if that was asked for.
	var made *authsdk.Key
	if _, err := shared.Update(ctx, func(old *keyring.Ring) (*keyring.Ring, error) {
		made = nil // of an attempt that somebody else was ahead of
		if old != nil {
			return nil, nil //nolint:nilnil // nothing is to be changed
		}
		key, err := authsdk.GenerateKey(authsdk.ES256)
		if err != nil {
			return nil, err
		}
		made = key
		return (&keyring.Ring{}).Rotate(key, time.Now(), cfg.Timing)
	}); err != nil {
		return nil, nil, setting("--keys: %w", err)
	}
	if made != nil {
		log.InfoContext(ctx, "made a signing key", "in", s.where(), "key", made)
	}
	load := shared.Load
	if s.KeyStore == "" {
		load = keyring.File(s.Keys)
	}
	source, err := keyring.Open(ctx, keyring.SourceConfig{
		Load: load, Every: s.ReloadEvery, OnReload: func(r *keyring.Ring, err error) {
			if err != nil {
				log.ErrorContext(ctx, "the keys could not be read again, the old ones go on", "cause", oneLine(err))
				return
			}
			log.InfoContext(ctx, "keys", "in", s.where(), "count", len(r.Entries()))
		},
	})
	if err != nil {
		return nil, nil, setting("--keys: %w", err)
	}
	keys, err := source.KeySet(ctx)
	if err != nil {
		return nil, nil, setting("--keys: %w", err)
	}
	if keys.Signer() == nil {
		return nil, nil, setting("--keys: %s holds no private key that signs now", s.where())
	}
	if s.RotateEvery == 0 {
		rotator = nil
	}
	return source, rotator, nil
}
