package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Source gives access tokens. A [Client] is one; package oauth2source makes one
// of an oauth2.TokenSource.
type Source interface {
	// Token returns a token that is valid now; only its AccessToken is sent. It
	// is called for every request, concurrently, and ends with ctx.
	Token(ctx context.Context) (Token, error)
}

var _ Source = (*Client)(nil)

// TransportConfig configures [NewTransport]. Source and Origins are required.
type TransportConfig struct {
	// Source gives the tokens.
	Source Source
	// Origins are those that get them, as in [Config].
	Origins []string
	// InsecureHTTP allows http with hosts other than this machine.
	InsecureHTTP bool
	// Next makes the requests; nil means http.DefaultTransport.
	Next http.RoundTripper
}

// NewTransport returns a transport that adds the tokens of a source to requests
// for the origins of cfg, and to no other, as [Client.HTTPClient] does with
// those of a Client. It is safe for concurrent use, and reports all mistakes of
// cfg together.
//
// After a 401 the source is asked again. If it gives another token by now, the
// request is repeated with that, once, where its body can be sent again. A
// Client is told of the refusal and refreshes.
func NewTransport(cfg TransportConfig) (http.RoundTripper, error) {
	var errs []error
	if cfg.Source == nil {
		errs = append(errs, errors.New("Source is required"))
	}
	if len(cfg.Origins) == 0 {
		errs = append(errs, errors.New("Origins are required, such as https://api.example.com"))
	}
	origins, err := parseOrigins(cfg.Origins, cfg.InsecureHTTP)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, fmt.Errorf("client: TransportConfig: %w", err)
	}
	source, ok := cfg.Source.(renewer)
	if !ok {
		source = foreign{cfg.Source}
	}
	return &transport{source: source, origins: origins, next: cfg.Next}, nil
}

// renewer is a source that can be told that a server turned a token down.
type renewer interface {
	Source

	// refuse reports whether to send the request again, with what Token returns then.
	refuse(ctx context.Context, access string) bool
	// doubt is told that the token which came by a refusal was refused as well.
	doubt(access string)
}

// foreign is a source that cannot be told anything.
type foreign struct{ Source }

func (f foreign) refuse(ctx context.Context, access string) bool {
	token, err := f.Token(ctx)
	return err == nil && token.AccessToken != access
}

func (foreign) doubt(string) {}
