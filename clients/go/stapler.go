package duet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/duet-relay/duet/clients/go/relay"
)

const (
	// lineMax bounds a line of the stapler, in bytes with its line feed.
	lineMax = 512
	// admitTimeout is how long a stapler may take to say that it admits us. It
	// has to ask its relay.
	admitTimeout = 10 * time.Second
)

// Hello is what a peer says of itself to a stapler.
type Hello struct {
	Role    Role
	Channel string
	// UUID may be empty: then the relay knows the caller by its address.
	UUID string
	// HK is the h_k of the round.
	HK string
}

func (h Hello) line() string {
	uuid := h.UUID
	if uuid == "" {
		uuid = "-"
	}
	return fmt.Sprintf("duet/1 %s %s %s %s\n", h.Role, h.Channel, uuid, h.HK)
}

// Staple connects to the other side: steps 11 to 15. It returns once both are
// there; every byte of the connection is then the other peer's. The context
// bounds the waiting, not the connection.
func (c *Client) Staple(ctx context.Context, role Role, channel, hK string, at relay.Stapler) (net.Conn, error) {
	return Staple(ctx, c.StaplerAddress(at), Hello{Role: role, Channel: channel, UUID: c.uuid, HK: hK})
}

// StaplerAddress is where a stapler is. One without a host of its own is at the
// very address to which the last call went, so that a machine with IPv4 and IPv6
// does not count as two.
func (c *Client) StaplerAddress(at relay.Stapler) string {
	host := c.base.Hostname()
	if at.Host != nil {
		host = *at.Host
	} else if remote := c.remote.Load(); remote != nil {
		host = remote.Addr().String()
	}
	return net.JoinHostPort(host, strconv.Itoa(at.Port))
}

// Staple is [Client.Staple] for who knows the address of the stapler, as
// "host:port".
func Staple(ctx context.Context, address string, hello Hello) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: admitTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, NewProblem(StaplerUnreachable, "", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = greet(conn, hello)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func greet(conn net.Conn, hello Hello) error {
	if _, err := io.WriteString(conn, hello.line()); err != nil {
		return NewProblem(ConnectionLost, "", err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(admitTimeout))
	for {
		line, err := readLine(conn)
		if err != nil {
			return NewProblem(ConnectionLost, "", err)
		}
		switch word, rest, _ := strings.Cut(line, " "); word {
		case "waiting":
			_ = conn.SetReadDeadline(time.Time{})
		case "stapled":
			return conn.SetReadDeadline(time.Time{})
		case "error":
			return staplerProblem(rest)
		default:
			return NewProblem(StaplerUnreachable, "what answered is not a stapler", nil)
		}
	}
}

// readLine reads byte by byte, for what stands behind the line is the other
// peer's. There are two short lines in all.
func readLine(from io.Reader) (string, error) {
	line := make([]byte, 0, lineMax)
	for {
		var next [1]byte
		if _, err := io.ReadFull(from, next[:]); err != nil {
			return "", err
		}
		if next[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if len(line) == lineMax-1 {
			return "", errors.New("a line is too long")
		}
		line = append(line, next[0])
	}
}

// staplerProblem reads "<code> <text>". A stapler can only cause what a stapler
// may say.
func staplerProblem(rest string) error {
	word, said, _ := strings.Cut(rest, " ")
	code := Code(word)
	if text, known := texts[code]; !known || (text.exit != exitRelay && code != "replaced" && code != "timeout") {
		return NewProblem(StaplerUnreachable, "the stapler refuses: "+CleanText(rest), nil)
	}
	return NewProblem(code, CleanText(said), nil)
}
