// Package client signs a program in and keeps it signed in.
//
// A [Client] logs in once. Its [Client.HTTPClient] then adds the access token
// to requests, exchanges the pair before the token expires, and repeats a
// request that was refused all the same:
//
//	c, err := client.New(client.Config{
//		BaseURL: "https://auth.example.com",
//		Origins: []string{"https://api.example.com"},
//		Store:   client.NewFileStore(path),
//	})
//	…
//	err = c.Login(ctx, username, password)
//	…
//	res, err := c.HTTPClient().Get("https://api.example.com/notes")
//
// The operations of the document that have no method here are those of
// gen/client over the same HTTP client, or with [Client.AccessToken] as its
// credential.
//
// # Who gets the token
//
// The origin of BaseURL and those of Origins, and nobody else: not the host
// that a redirect leads to, and not the same host over plain HTTP. A request
// that brings its own Authorization header is sent as it is.
//
// # Refreshing
//
// However many goroutines meet an old token, one request exchanges it, and one
// for all processes where the store is a [Locker], such as a file. Its answer
// is in the [TokenStore] before anybody uses it, so that a crash leaves a pair
// that works. An answer that got lost is asked for again: the server
// gives the same one for a while. While the server does not answer, the pair
// is kept, an access token that is still good is used on, and the attempts
// become rarer.
//
// # Errors
//
// [ErrLoggedOut] says that somebody has to log in. An [Error] is what the
// server answered, an error of another kind that it did not. None of them
// holds a token or a password, and neither do the texts of this package's
// types.
package client
