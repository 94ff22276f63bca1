package duet_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/testrelay"
	"github.com/duet-relay/duet/clients/go/relay"
)

const (
	// A key and its hash, for a suite that the relay does not know: it does not
	// look inside.
	hK  = "4PZ2ALX8Z9zQvDuu3VWPbhkO0HHc9Y3Ocz2BtqLIhSE"
	hhK = "vJpgAHlzPAiEbGa35EIQDVUBWBwlpyKiHqyUPTrOyPM"
	// A port at which nothing listens.
	nowhere = "http://127.0.0.1:9"
)

func newClient(t *testing.T, options ...duet.Option) *duet.Client {
	t.Helper()
	client, err := duet.NewClient(testrelay.URL(t), options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// opened is a channel with a sender, its x and a recipient in it.
func opened(t *testing.T) (sender, recipient *duet.Client, at duet.Round) {
	t.Helper()
	sender, recipient = newClient(t), newClient(t)
	channel, err := sender.Open(t.Context(), duet.OpenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	at = duet.Round{Channel: channel.Channel, Number: channel.Round}
	if err := sender.PostX(t.Context(), at, "the-x", "test-suite"); err != nil {
		t.Fatal(err)
	}
	if _, err := recipient.Open(t.Context(), duet.OpenRequest{Channel: at.Channel, Role: duet.Recipient}); err != nil {
		t.Fatal(err)
	}
	return sender, recipient, at
}

// exchanged is a channel in which h_k is there.
func exchanged(t *testing.T) (sender, recipient *duet.Client, at duet.Round, stapler relay.Stapler) {
	t.Helper()
	ctx := t.Context()
	sender, recipient, at = opened(t)
	state, err := recipient.Channel(ctx, at, time.Second)
	if err != nil || *state.X != "the-x" || *state.Curve != "test-suite" {
		t.Fatalf("state is %+v, %v", state, err)
	}
	if _, err := recipient.PostY(ctx, at, "the-y", hhK); err != nil {
		t.Fatal(err)
	}
	y, err := sender.Y(ctx, at, time.Second)
	if err != nil || y.Y != "the-y" || y.HhK != hhK {
		t.Fatalf("y is %+v, %v", y, err)
	}
	posted, err := sender.PostHK(ctx, at, hK)
	if err != nil {
		t.Fatal(err)
	}
	got, err := recipient.HK(ctx, at, time.Second)
	if err != nil || got.HK != hK {
		t.Fatalf("h_k is %+v, %v", got, err)
	}
	return sender, recipient, at, posted.Stapler
}

func TestTheWholeExchange(t *testing.T) {
	ctx := t.Context()
	sender, recipient, at, _ := exchanged(t)
	if _, err := sender.OpenSender(ctx, at); err != nil {
		t.Fatal(err)
	}
	if _, err := recipient.OpenRecipient(ctx, at); err != nil {
		t.Fatal(err)
	}
	if ready, err := sender.IsReady(ctx, at, 0); err != nil || ready {
		t.Fatalf("ready is %v, %v", ready, err)
	}
	if err := recipient.Close(ctx, at, duet.ReasonDeclined); err != nil {
		t.Fatal(err)
	}
	_, err := sender.Y(ctx, at, 0)
	var problem *duet.Problem
	if !errors.As(err, &problem) || problem.Code != duet.Closed || problem.Reason != "declined" || problem.ClosedBy != "recipient" {
		t.Fatalf("got %+v", problem)
	}
}

func TestEveryCallMayBeMadeAgain(t *testing.T) {
	ctx := t.Context()
	sender, _, at, _ := exchanged(t)
	again, err := sender.Open(ctx, duet.OpenRequest{Channel: at.Channel, Role: duet.Sender})
	if err != nil || again.Round != at.Number+1 {
		t.Fatalf("opening after x is the next round: %+v, %v", again, err)
	}
	if err := sender.PostX(ctx, at, "the-x", "test-suite"); !duet.HasCode(err, duet.RoundOver) {
		t.Fatalf("the old round is over: %v", err)
	}
	at.Number = again.Round
	for range 2 {
		if err := sender.PostX(ctx, at, "x2", "test-suite"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStapled(t *testing.T) {
	ctx := t.Context()
	sender, recipient, at, stapler := exchanged(t)
	type end struct {
		conn net.Conn
		err  error
	}
	ends := make(chan end, 1)
	go func() {
		conn, err := sender.Staple(ctx, duet.Sender, at.Channel, hK, stapler)
		ends <- end{conn, err}
	}()
	there, err := recipient.Staple(ctx, duet.Recipient, at.Channel, hK, stapler)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = there.Close() }()
	here := <-ends
	if here.err != nil {
		t.Fatal(here.err)
	}
	defer func() { _ = here.conn.Close() }()
	if _, err := here.conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 16)
	n, err := there.Read(buffer)
	if err != nil || string(buffer[:n]) != "hello" {
		t.Fatalf("read %q, %v", buffer[:n], err)
	}
}

func TestWhatTheStaplerRefuses(t *testing.T) {
	sender, _, at, stapler := exchanged(t)
	for name, test := range map[string]struct {
		hello duet.Hello
		code  duet.Code
	}{
		"another h_k":     {duet.Hello{Role: duet.Sender, Channel: at.Channel, UUID: sender.UUID(), HK: hhK}, "wrong_h_k"},
		"another uuid":    {duet.Hello{Role: duet.Sender, Channel: at.Channel, UUID: duet.NewUUID(), HK: hK}, duet.NotYours},
		"another channel": {duet.Hello{Role: duet.Sender, Channel: "nobody-is-here", UUID: sender.UUID(), HK: hK}, duet.UnknownChannel},
		"no role":         {duet.Hello{Role: "watcher", Channel: at.Channel, UUID: sender.UUID(), HK: hK}, "bad_hello"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := duet.Staple(t.Context(), sender.StaplerAddress(stapler), test.hello)
			var problem *duet.Problem
			if !errors.As(err, &problem) || problem.Code != test.code || problem.Hint == "" {
				t.Fatalf("got %+v", err)
			}
		})
	}
}

func TestAContextEndsTheWaitAtTheStapler(t *testing.T) {
	sender, _, at, stapler := exchanged(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := sender.Staple(ctx, duet.Sender, at.Channel, hK, stapler); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

// from is an HTTP client whose connections come from another address.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
}

func TestProblems(t *testing.T) {
	sender, recipient, at := opened(t)
	strange := newClient(t)
	away, err := duet.NewClient(nowhere, duet.WithRetryFor(0))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		call    func(context.Context) error
		problem duet.Problem
	}{
		"a third address": {
			func(ctx context.Context) error {
				// The second address is counted when a right uuid comes from it.
				second := newClient(t, duet.WithUUID(recipient.UUID()), duet.WithHTTPClient(from("127.0.0.2")))
				if _, err := second.Channel(ctx, at, 0); err != nil && !duet.HasCode(err, duet.NotYet) {
					return err
				}
				third := newClient(t, duet.WithUUID(recipient.UUID()), duet.WithHTTPClient(from("127.0.0.3")))
				_, err := third.Channel(ctx, at, 0)
				return err
			},
			duet.Problem{Code: duet.ChannelFull, Status: 403, Message: "channel is full", Hint: "Two addresses already use this channel. Open a new one."},
		},
		"a wrong uuid": {
			func(ctx context.Context) error { return strange.PostX(ctx, at, "x", "test-suite") },
			duet.Problem{Code: duet.NotYours, Status: 403, Message: "not your side of the channel", Hint: "Send the uuid that you opened this side with, as Authorization: Bearer."},
		},
		"an unknown channel": {
			func(ctx context.Context) error {
				_, err := strange.Y(ctx, duet.Round{Channel: "nobody-is-here"}, 0)
				return err
			},
			duet.Problem{Code: duet.UnknownChannel, Status: 404, Message: "no such channel", Hint: "Check the name, or wait for the sender with ?wait=."},
		},
		"bad input": {
			func(ctx context.Context) error { return sender.PostX(ctx, at, "", "test-suite") },
			duet.Problem{Code: "bad_request", Status: 400, Message: "the request is not valid", Hint: "See `issues` for the fields and /docs for what is expected."},
		},
		"too early": {
			func(ctx context.Context) error { _, err := sender.Y(ctx, at, 0); return err },
			duet.Problem{Code: duet.NotYet, Status: 404, Message: "not there yet", Hint: "The other side has not done its step. Ask again, or with ?wait=30."},
		},
		"a relay that is away": {
			func(ctx context.Context) error { _, err := away.Health(ctx); return err },
			duet.Problem{Code: duet.RelayUnreachable, Message: "the relay cannot be reached", Hint: "Check the address and the network."},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got *duet.Problem
			if !errors.As(test.call(t.Context()), &got) {
				t.Fatal("no problem")
			}
			got.Cause = nil
			if *got != test.problem {
				t.Fatalf("got\n%#v, not\n%#v", *got, test.problem)
			}
		})
	}
}

func TestWaiting(t *testing.T) {
	sender, recipient, at := opened(t)
	answers := make(chan error, 1)
	go func() {
		y, err := sender.Y(t.Context(), at, duet.MaxWait)
		if err == nil && y.Y != "the-y" {
			err = errors.New("the relay answered without y")
		}
		answers <- err
	}()
	if _, err := recipient.PostY(t.Context(), at, "the-y", hhK); err != nil {
		t.Fatal(err)
	}
	if err := <-answers; err != nil {
		t.Fatal(err)
	}
}

func TestAContextEndsACall(t *testing.T) {
	sender, _, at := opened(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := sender.Y(ctx, at, duet.MaxWait); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

// flaky is a relay of which the first answers are lost.
func flaky(t *testing.T, losses int32, lose http.HandlerFunc) (url string, calls *atomic.Int32) {
	t.Helper()
	calls = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= losses {
			lose(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"success":true,"message":"closed"}`))
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

func TestLostCallsAreMadeAgain(t *testing.T) {
	for name, lose := range map[string]http.HandlerFunc{
		"a connection that breaks": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a proxy that says 502":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a relay that stops": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"success":false,"code":"shutting_down","message":"the relay is stopping","hint":"Try again shortly."}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, calls := flaky(t, 2, lose)
			client, err := duet.NewClient(url)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Close(t.Context(), duet.Round{Channel: "4821"}, duet.ReasonDone); err != nil {
				t.Fatal(err)
			}
			if calls.Load() != 3 {
				t.Errorf("%d calls", calls.Load())
			}
		})
	}
}

func TestWhatIsNoRelay(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"other JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`[1]`))
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"a 404":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"a relay that says what only a peer can know": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"code":"wrong_code","message":"wrong code","hint":"type your password"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			client, err := duet.NewClient(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Health(t.Context()); !duet.HasCode(err, duet.RelayRefused) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestNewClientRefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"", "relay.example", "ftp://relay.example", "http://", "http://user:secret@relay.example", ":"} {
		if _, err := duet.NewClient(address); !duet.HasCode(err, duet.Usage) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestCleanText(t *testing.T) {
	if got := duet.CleanText("a\x1b[31mred\u202edlo\u2028\n"); got != "a[31mreddlo" {
		t.Fatalf("got %q", got)
	}
}
