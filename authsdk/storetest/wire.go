package storetest

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// wire stands between a store and its server, and can be cut or held.
type wire struct {
	listener net.Listener
	server   string

	// mu guards what is below.
	mu    sync.Mutex
	isCut bool
	conns []net.Conn
	// passing is held to hold what passes.
	passing sync.RWMutex
}

// newWire returns a wire to the server of a URL, and the URL that leads through it.
func newWire(t *testing.T, to string) (w *wire, through string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w = &wire{server: u.Host}
	if w.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := w.listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { w.connect(client, &running) })
		}
	})
	t.Cleanup(func() {
		_ = w.listener.Close()
		w.cut(true)
		running.Wait()
	})
	u.Host = w.listener.Addr().String()
	return w, u.String()
}

func (w *wire) connect(client net.Conn, running *sync.WaitGroup) {
	server, err := net.Dial("tcp", w.server) //nolint:noctx // ends with the wire
	if err != nil {
		_ = client.Close()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isCut {
		_, _ = client.Close(), server.Close()
		return
	}
	w.conns = append(w.conns, client, server)
	running.Go(func() { w.pass(client, server) })
	running.Go(func() { w.pass(server, client) })
}

func (w *wire) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		w.passing.RLock()
		_, err = to.Write(buffer[:n])
		w.passing.RUnlock()
		if err != nil {
			return
		}
	}
}

// cut ends what is connected, and what will be while it stays cut.
func (w *wire) cut(stay bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = stay
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	w.conns = nil
}
