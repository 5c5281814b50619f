//go:build unix

package loopback

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/authsdk/authsdk-go/bench/internal/measure"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

// connections is how many requests are under way at once.
const connections = 8

// connection sends one request over and over.
type connection struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
}

func dial(ctx context.Context, address, request string) (*connection, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return &connection{conn, bufio.NewReader(conn), []byte(request)}, nil
}

// send returns the body of an answer, which must have the status.
func (c *connection) send(want int) (string, error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return "", fmt.Errorf("request: %w", err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("got status %d, want %d", response.StatusCode, want)
	}
	return string(body), err
}

// Case returns the case of a route: its number in [routes.All]. Requests to the
// open route carry the token as well, which costs something to read.
func (s *Server) Case(ctx context.Context, i int) (*measure.Case, error) {
	route := routes.All()[i]
	request := fmt.Sprintf("GET /%d%s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", i, routes.Path, s.Token)
	pool := make([]*connection, connections)
	for j := range pool {
		c, err := dial(ctx, s.Address, request)
		if err != nil {
			return nil, err
		}
		pool[j] = c
	}
	return &measure.Case{Name: route.ID(), Do: func(n int) error {
		var left atomic.Int64
		left.Store(int64(n))
		errs := make([]error, len(pool))
		var wg sync.WaitGroup
		for j, c := range pool {
			wg.Go(func() {
				for left.Add(-1) >= 0 && errs[j] == nil {
					_, errs[j] = c.send(route.Want())
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}}, nil
}
