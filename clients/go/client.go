package duet

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/duet-relay/duet/clients/go/relay"
)

// MaxWait is the longest that a relay holds an answer back.
const MaxWait = 30 * time.Second

const (
	// answerTimeout is how long a relay may take beyond what it was asked to
	// wait. It answers within milliseconds; the rest is for the network.
	answerTimeout = 10 * time.Second
	// answerMax bounds an answer in bytes. The largest has two shares of 4096
	// characters.
	answerMax = 1 << 20
	// uuidBytes is what a uuid is made of.
	uuidBytes = 16
)

// Client calls one relay for one side of one channel. It may be used by any
// number of goroutines.
type Client struct {
	base   *url.URL
	uuid   string
	token  string
	http   *http.Client
	budget time.Duration
	api    *relay.ClientWithResponses
	// remote is where the last connection led. A stapler without a host of its
	// own is there too.
	remote atomic.Pointer[netip.AddrPort]
}

// Option changes how a Client behaves.
type Option func(*Client)

// WithUUID gives the uuid that proves the side. Without it the client makes one.
func WithUUID(uuid string) Option { return func(c *Client) { c.uuid = uuid } }

// WithoutUUID makes the relay know the caller by its address alone.
func WithoutUUID() Option { return func(c *Client) { c.uuid = "" } }

// WithAccessToken gives the token of a private relay.
func WithAccessToken(token string) Option { return func(c *Client) { c.token = token } }

// WithHTTPClient replaces the HTTP client: for a certificate authority of one's
// own, say. It should have no Timeout, since a relay may be asked to wait for
// [MaxWait]; contexts end calls.
func WithHTTPClient(client *http.Client) Option { return func(c *Client) { c.http = client } }

// WithRetryFor says how long a lost call is made again; 0 means never. Without
// it 10 s.
func WithRetryFor(budget time.Duration) Option { return func(c *Client) { c.budget = budget } }

// NewClient returns a client of the relay at an address such as
// "https://relay.example". Nothing is sent yet.
func NewClient(address string, options ...Option) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Hostname() == "" || base.User != nil {
		return nil, NewProblem(Usage, "the address of a relay looks like https://relay.example", nil)
	}
	client := &Client{base: base, uuid: NewUUID(), http: newHTTPClient(), budget: retryBudget}
	for _, option := range options {
		option(client)
	}
	client.api, err = relay.NewClientWithResponses(
		strings.TrimRight(base.String(), "/"),
		relay.WithHTTPClient(limited{client.http}),
		relay.WithRequestEditorFn(client.prepare),
	)
	if err != nil {
		return nil, NewProblem(Usage, "", err)
	}
	return client, nil
}

// NewUUID draws what proves a side: 128 bits, as the relay takes them.
func NewUUID() string {
	bytes := make([]byte, uuidBytes)
	_, _ = rand.Read(bytes) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(bytes)
}

// UUID is what proves this side, or empty with [WithoutUUID].
func (c *Client) UUID() string { return c.uuid }

// prepare puts on each request who asks, and sees where its connection leads.
func (c *Client) prepare(_ context.Context, request *http.Request) error {
	if c.uuid != "" {
		request.Header.Set("Authorization", "Bearer "+c.uuid)
	}
	if c.token != "" {
		request.Header.Set("X-Duet-Access-Token", c.token)
	}
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if address, err := netip.ParseAddrPort(info.Conn.RemoteAddr().String()); err == nil {
			c.remote.Store(&address)
		}
	}}
	*request = *request.WithContext(httptrace.WithClientTrace(request.Context(), trace))
	return nil
}

// newHTTPClient has no Timeout (see MaxWait), follows no redirect, for the
// bearer would go along, and uses no proxy: the relay and the stapler must see
// one and the same address.
func newHTTPClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: answerTimeout, KeepAlive: answerTimeout}).DialContext,
			TLSHandshakeTimeout: answerTimeout,
			IdleConnTimeout:     time.Minute,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// limited cuts answers that no relay gives.
type limited struct{ client *http.Client }

func (l limited) Do(request *http.Request) (*http.Response, error) {
	response, err := l.client.Do(request)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, answerMax)
	}
	return response, err
}
