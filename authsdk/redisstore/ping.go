package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Ping reports whether the store could read and write now: it writes a key that
// leaves within seconds, and in a Cluster asks every primary.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.client.Set(ctx, s.prefix+"ping", "1", 10*time.Second).Err(); err != nil {
		return unknown(err)
	}
	return unknown(s.primaries(ctx, func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() }))
}

// primaries calls do with each server that takes writes, several at a time.
func (s *Store) primaries(ctx context.Context, do func(context.Context, *redis.Client) error) error {
	switch c := s.client.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, do)
	case *redis.Client: // with Sentinels too
		return do(ctx, c)
	}
	return nil
}

// Warnings returns what about the settings of the servers lets them forget what
// they have acknowledged, a sentence each. A revocation that is forgotten is a
// session that lives again.
func (s *Store) Warnings(ctx context.Context) (found []string, err error) {
	var mu sync.Mutex // guards found
	err = s.read(ctx, func(ctx context.Context) error {
		found = nil
		return s.primaries(ctx, func(ctx context.Context, c *redis.Client) error {
			settings, err := c.ConfigGet(ctx, "*").Result()
			if _, refused := errors.AsType[redis.Error](err); err != nil && !refused {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for _, w := range warnings(settings, err) {
				found = append(found, fmt.Sprintf("Redis at %s %s", c.Options().Addr, w))
			}
			return nil
		})
	})
	return found, err
}

// warnings says what is wrong with the settings of one server.
func warnings(settings map[string]string, err error) (found []string) {
	if err != nil {
		return []string{"does not show its settings (" + err.Error() + "): see that appendonly is yes and " +
			"maxmemory-policy is noeviction, or it can forget revocations"}
	}
	if settings["appendonly"] != "yes" {
		found = append(found, "has appendonly no: when it ends it forgets what it got since its last snapshot, "+
			"revocations too; set it to yes")
	} else if settings["appendfsync"] == "no" {
		found = append(found, "has appendfsync no: a crash of its machine forgets what it got, "+
			"revocations too; set it to everysec or always")
	}
	limit, _ := strconv.ParseInt(settings["maxmemory"], 10, 64)
	if policy := settings["maxmemory-policy"]; limit > 0 && policy != "noeviction" {
		found = append(found, "has maxmemory-policy "+policy+": when its memory is full it forgets sessions at will, "+
			"and everybody it concerns is logged out; set it to noeviction")
	}
	if strings.TrimSpace(settings["save"]) == "" && settings["appendonly"] != "yes" {
		found = append(found, "has no snapshots either (save is empty): it forgets everything when it ends")
	}
	return found
}
