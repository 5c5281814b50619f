package users

import "github.com/authsdk/authsdk-go/authsdk/userstore"

// User is an account with a password.
type User = userstore.User

// Store keeps users: memstore, sqlitestore, or one of your own.
type Store = userstore.Store

// Errors of a [Store].
var (
	ErrNotFound = userstore.ErrNotFound
	ErrExists   = userstore.ErrExists
)
