package users_test

import (
	"context"
	"fmt"
	"log"

	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func ExampleNew() {
	ctx := context.Background()
	accounts, err := users.New(users.Config{Store: memstore.New()})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := accounts.Add(ctx, "Alice", "correct horse battery", []string{"read"}, nil); err != nil {
		log.Fatal(err)
	}
	// accounts is the Accounts of a session.Config; its Manager asks it so:
	account, err := accounts.Authenticate(ctx, session.Credentials{Username: "alice", Password: "correct horse battery", Address: "192.0.2.1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(account.Scopes)

	_, err = accounts.Authenticate(ctx, session.Credentials{Username: "alice", Password: "12345678", Address: "192.0.2.1"})
	fmt.Println(err)
	// Output:
	// [read]
	// authsdk: invalid_credentials: The user name or the password is wrong.
}
