package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

var (
	_ revocation.Store    = (*Store)(nil)
	_ revocation.Listener = (*Store)(nil)
)

// feed is the keys of the feed, all in one slot of a Cluster.
func (s *Store) feed() []string {
	base := s.prefix + "{revocations}:"
	return []string{base + "head", base + "log", base + "expiry"}
}

// channel is where is told that something was added.
func (s *Store) channel() string { return s.prefix + "{revocations}:added" }

// AppendRevocations implements [revocation.Store].
func (s *Store) AppendRevocations(ctx context.Context, now time.Time, entries ...revocation.Entry) error {
	args := append(make([]any, 0, 3+2*len(entries)), rand.Text(), now.UnixMilli(), s.channel())
	for _, e := range entries {
		kind, at, expires := strconv.Itoa(int(e.Kind)), millis(e.At), millis(e.Expires)
		args = append(args, expires, strings.Join([]string{kind, at, expires, e.Value}, ":"))
	}
	_, err := s.run(ctx, s.scripts.appendRevocations, s.feed(), args...)
	return err
}

// Revocations implements [revocation.Store].
func (s *Store) Revocations(
	ctx context.Context, now time.Time, after int64, limit int,
) (revocation.Head, []revocation.Entry, error) {
	result, err := s.run(ctx, s.scripts.revocations, s.feed(), rand.Text(), now.UnixMilli(), after, limit)
	if err != nil {
		return revocation.Head{}, nil, err
	}
	list, ok := result.([]any)
	if !ok || len(list) != 4 {
		return revocation.Head{}, nil, odd(result)
	}
	headed, err := texts(list[:3])
	if err != nil {
		return revocation.Head{}, nil, err
	}
	r := reader{texts: headed}
	head := revocation.Head{Epoch: r.text(), Created: r.time(), Seq: r.int()}
	found, err := texts(list[3])
	if err = errors.Join(err, r.err); err != nil {
		return revocation.Head{}, nil, unknown(err)
	}
	var entries []revocation.Entry
	for _, text := range found {
		parts := strings.SplitN(text, ":", 5)
		if len(parts) != 5 {
			return revocation.Head{}, nil, odd(text)
		}
		r := reader{texts: parts}
		e := revocation.Entry{Seq: r.int(), Kind: revocation.Kind(r.int()), At: r.time(), Expires: r.time(), Value: r.text()}
		if r.err != nil {
			return revocation.Head{}, nil, unknown(r.err)
		}
		entries = append(entries, e)
	}
	return head, entries, nil
}

// PruneRevocations implements [revocation.Store].
func (s *Store) PruneRevocations(ctx context.Context, before time.Time, limit int) (int, error) {
	if limit <= 0 {
		return 0, unknown(ctx.Err())
	}
	result, err := s.run(ctx, s.scripts.pruneRevocations, s.feed(), before.UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	deleted, ok := result.(int64)
	if !ok {
		return 0, odd(result)
	}
	return int(deleted), nil
}

// RenewRevocations implements [revocation.Store].
func (s *Store) RenewRevocations(ctx context.Context, epoch string, created time.Time) error {
	_, err := s.run(ctx, s.scripts.renewRevocations, s.feed(), epoch, rand.Text(), millis(created), s.channel())
	return err
}

// ListenRevocations implements [revocation.Listener], on a connection of its
// own. It ends when that breaks, as what was sent meanwhile is lost.
func (s *Store) ListenRevocations(ctx context.Context, wake func()) error {
	subscription := s.client.Subscribe(ctx, s.channel())
	stop := context.AfterFunc(ctx, func() { _ = subscription.Close() }) // the driver does not look at ctx while it waits
	defer func() {
		if stop() {
			_ = subscription.Close()
		}
	}()
	for {
		if _, err := subscription.Receive(ctx); err != nil { // what comes first is that it is subscribed
			return unknown(errors.Join(ctx.Err(), err))
		}
		wake()
	}
}
