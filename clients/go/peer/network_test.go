package peer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/testrelay"
	"github.com/duet-relay/duet/clients/go/peer"
)

// middle stands between a peer and the relay with its stapler.
type middle struct {
	url string
	// dials counts the connections to the stapler.
	dials atomic.Int32
}

// wire is what a middle does to the bytes that come from the stapler on one
// connection: it returns what goes on, and whether the connection breaks then.
type wire func(dial int32, at int64, bytes []byte) (out []byte, broken bool)

var stapler = regexp.MustCompile(`("stapler":\{[^}]*"port":)(\d+)`)

// between is a relay whose stapler is reached through wire.
func between(t *testing.T, through wire) *middle {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	m := &middle{}
	var target atomic.Int32 // the port of the stapler
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go m.pass(conn, int(target.Load()), through)
		}
	}()
	relay, err := url.Parse(testrelay.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(relay)
	proxy.ModifyResponse = func(response *http.Response) error {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		if found := stapler.FindSubmatch(body); found != nil {
			port, _ := strconv.Atoi(string(found[2]))
			target.Store(int32(port))
			body = stapler.ReplaceAll(body, fmt.Appendf(nil, "${1}%d", listener.Addr().(*net.TCPAddr).Port))
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		response.ContentLength = int64(len(body))
		response.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	// The relay must not see that there is a proxy: it trusts none.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header["X-Forwarded-For"] = nil
		r.Host = relay.Host
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

func (m *middle) pass(peer net.Conn, port int, through wire) {
	defer func() { _ = peer.Close() }()
	stapler, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return
	}
	defer func() { _ = stapler.Close() }()
	dial := m.dials.Add(1)
	go func() {
		_, _ = io.Copy(stapler, peer)
		_ = stapler.(*net.TCPConn).CloseWrite()
	}()
	buffer := make([]byte, 32<<10)
	for at := int64(0); ; {
		n, err := stapler.Read(buffer)
		out, broken := through(dial, at, buffer[:n])
		at += int64(n)
		if _, writeErr := peer.Write(out); writeErr != nil || err != nil || broken {
			return
		}
	}
}

// transferThrough sends a file to a recipient whose line goes through wire.
func transferThrough(t *testing.T, size int, through wire) (sent, received outcome, m *middle, bytes []byte, out string) {
	t.Helper()
	m = between(t, through)
	bytes, out = content(size), t.TempDir()
	file := write(t, filepath.Join(t.TempDir(), "file"), bytes)
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}})
	received = receiveAs(t, t.Context(), peer.ReceiveOptions{Common: peer.Common{Relay: m.url}, Code: code, Out: out})
	return <-ended, received, m, bytes, out
}

// far is a place well inside of the bytes of the file.
const far = 3 << 20

func TestALineThatBreaksIsMadeAgain(t *testing.T) {
	sent, received, m, bytes, out := transferThrough(t, 8<<20, func(dial int32, at int64, bytes []byte) ([]byte, bool) {
		return bytes, dial == 1 && at > far
	})
	if sent.err != nil || received.err != nil {
		t.Fatal(sent.err, received.err)
	}
	sameFile(t, filepath.Join(out, "file"), bytes)
	if m.dials.Load() != 2 {
		t.Errorf("%d connections", m.dials.Load())
	}
	// What was there was not sent again: the chunk that was cut, at most.
	if sent.summary.Bytes > 8<<20-2<<20 {
		t.Errorf("the second connection sent %d bytes", sent.summary.Bytes)
	}
}

// flip changes a bit, once the place is reached, on the dials that are named.
func flip(dials func(dial int32) bool) wire {
	return func(dial int32, at int64, bytes []byte) ([]byte, bool) {
		if n := far - at; dials(dial) && n >= 0 && n < int64(len(bytes)) {
			bytes[n] ^= 1
		}
		return bytes, false
	}
}

func TestAChangedBitCostsOneConnection(t *testing.T) {
	sent, received, m, bytes, out := transferThrough(t, 8<<20, flip(func(dial int32) bool { return dial == 1 }))
	if sent.err != nil || received.err != nil {
		t.Fatal(sent.err, received.err)
	}
	sameFile(t, filepath.Join(out, "file"), bytes)
	if m.dials.Load() != 2 {
		t.Errorf("%d connections", m.dials.Load())
	}
}

func TestSomeoneWhoChangesEveryConnectionIsFoundOut(t *testing.T) {
	sent, received, m, _, out := transferThrough(t, 64<<20, flip(func(int32) bool { return true }))
	for side, err := range map[string]error{"sender": sent.err, "recipient": received.err} {
		if !duet.HasCode(err, duet.Interfered) {
			t.Errorf("%s: %v", side, err)
		}
	}
	if m.dials.Load() != 3 {
		t.Errorf("%d connections", m.dials.Load())
	}
	isEmpty(t, out)
}

// A relay that plays the recipient's own h_k back, or any other, is a wrong code.
func TestARelayThatForgesHK(t *testing.T) {
	relay, err := url.Parse(testrelay.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(relay)
	proxy.ModifyResponse = func(response *http.Response) error {
		var answer map[string]any
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		if json.Unmarshal(body, &answer) == nil && answer["h_k"] != nil {
			answer["h_k"] = "4PZ2ALX8Z9zQvDuu3VWPbhkO0HHc9Y3Ocz2BtqLIhSE"
			if body, err = json.Marshal(answer); err != nil {
				return err
			}
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		response.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header["X-Forwarded-For"] = nil
		r.Host = relay.Host
		proxy.ServeHTTP(w, r)
	}))
	defer server.Close()
	file := write(t, filepath.Join(t.TempDir(), "file"), []byte("secret"))
	out := t.TempDir()
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Common: peer.Common{Relay: server.URL}, Code: code, Out: out})
	for side, err := range map[string]error{"sender": (<-ended).err, "recipient": received.err} {
		if !duet.HasCode(err, duet.WrongCode) {
			t.Errorf("%s: %v", side, err)
		}
	}
	isEmpty(t, out)
}
