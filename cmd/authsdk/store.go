package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"github.com/authsdk/authsdk-go/authsdk/oauth"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// storeFlags say where users and sessions are kept.
type storeFlags struct {
	Store string `default:"sqlite:data/authsdk.db" env:"AUTHSDK_STORE" help:"Where sessions and users are kept: sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE, mysql://… likewise, redis://USER:PASSWORD@HOST (sessions alone) or memory:; ${default} unless set." placeholder:"STORE"`
	Users string `env:"AUTHSDK_USERS" help:"Where users are kept, if not with the sessions: a store as for --store, but not Redis." placeholder:"STORE"`
}

// opened is where sessions and users are, which is mostly one store.
type opened struct {
	sessionStore

	users users.Store
	// oauth has the OAuth clients, which are where the users are.
	oauth oauth.Store
	// other is set where the users are apart.
	other sessionStore
}

// places reads the flags: where the sessions are, and the users.
func (f storeFlags) places() (sessions, accounts place, err error) {
	if sessions, err = parsePlace("--store", f.Store); err != nil {
		return place{}, place{}, err
	}
	if f.Users == "" {
		if sessions.noUsers {
			return place{}, place{}, setting("--users is required with sessions in %s: say where users are kept, such as sqlite:PATH", sessions.kind)
		}
		return sessions, sessions, nil
	}
	if accounts, err = parsePlace("--users", f.Users); err != nil {
		return place{}, place{}, err
	}
	if accounts.noUsers {
		return place{}, place{}, setting("--users cannot be in %s: give a store such as sqlite:PATH", accounts.kind)
	}
	return sessions, accounts, nil
}

// shown is where the stores are, for logs.
func (f storeFlags) shown() string {
	sessions, accounts, err := f.places()
	switch {
	case err != nil:
		return "" // the start has refused it
	case accounts.shown != sessions.shown:
		return sessions.shown + ", users in " + accounts.shown
	}
	return sessions.shown
}

// open opens the stores; what they lack is made.
func (f storeFlags) open(ctx context.Context) (*opened, error) {
	sessions, accounts, err := f.places()
	if err != nil {
		return nil, err
	}
	o := &opened{}
	if o.sessionStore, err = sessions.open(ctx, sessions.where); err != nil {
		return nil, setting("%s: %w", sessions.flag, err)
	}
	keeper := o.sessionStore
	if accounts.shown != sessions.shown {
		if o.other, err = accounts.open(ctx, accounts.where); err != nil {
			return nil, errors.Join(setting("%s: %w", accounts.flag, err), o.Close())
		}
		keeper = o.other
	}
	o.users, _ = keeper.(users.Store) // places has refused what is none
	o.oauth, _ = keeper.(oauth.Store) // as what keeps users does
	return o, nil
}

// openExisting is open for commands that look into a store: they do not make one.
func (f storeFlags) openExisting(ctx context.Context) (*opened, error) {
	sessions, accounts, err := f.places()
	if err != nil {
		return nil, err
	}
	for _, p := range []place{sessions, accounts} {
		if err := p.exists(ctx); err != nil {
			return nil, err
		}
	}
	return f.open(ctx)
}

// keepsSessions refuses stores in which what a command does to sessions and tokens
// would end with it; keepsUsers the same for users and clients.
func (f storeFlags) keepsSessions() error {
	sessions, _, err := f.places()
	return cmp.Or(err, sessions.outlives())
}

func (f storeFlags) keepsUsers() error {
	_, accounts, err := f.places()
	return cmp.Or(err, accounts.outlives())
}

// ping reports whether the stores could read and write now.
func (o *opened) ping(ctx context.Context) error {
	err := o.Ping(ctx)
	if o.other != nil {
		err = errors.Join(err, o.other.Ping(ctx))
	}
	return err
}

// close closes the stores.
func (o *opened) close() error {
	err := o.Close()
	if o.other != nil {
		err = errors.Join(err, o.other.Close())
	}
	return err
}

// warn logs what about the engines lets them forget what they acknowledged. If that
// must not be, it returns an error.
func (o *opened) warn(ctx context.Context, log *slog.Logger, durable bool) error {
	found := 0
	for _, s := range []sessionStore{o.sessionStore, o.other} {
		checked, ok := s.(interface {
			Warnings(ctx context.Context) ([]string, error)
		})
		if !ok {
			continue
		}
		warnings, err := checked.Warnings(ctx)
		for _, w := range warnings {
			found++
			log.WarnContext(ctx, "store", "warning", w)
		}
		if err != nil {
			found++
			log.WarnContext(ctx, "store", "warning", "its settings could not be looked at", "cause", oneLine(err))
		}
	}
	if _, forgets := o.sessionStore.(memory); forgets {
		found++
		log.WarnContext(ctx, "store", "warning", "sessions and users are gone when the process ends; give --store sqlite:PATH")
	}
	if durable && found > 0 {
		return setting("--require-durable: the store can forget what it has acknowledged: mend what is logged above")
	}
	return nil
}
