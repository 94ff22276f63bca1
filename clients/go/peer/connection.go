package peer

import (
	"bufio"
	"context"
	"crypto/rand"
	"io"
	"net"
	"sync"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/agree"
	"github.com/duet-relay/duet/clients/go/internal/message"
	"github.com/duet-relay/duet/clients/go/internal/record"
)

const (
	// readAhead is for heads and small messages; chunks are larger and pass by.
	readAhead = 64 << 10
	// goodbye is how long an error may take to leave.
	goodbye = 2 * time.Second
	// silence is how long a line may be silent while data is due.
	silence = 5 * time.Minute
)

// past, as a deadline, ends what waits now.
var past = time.Unix(1, 0)

// connection is the encrypted stream of docs/PROTOCOL.md section 6. One goroutine
// may send while another receives.
type connection struct {
	session   *agree.Session
	forgeries *forgeries
	line      net.Conn
	in        *bufio.Reader
	out       *bufio.Writer
	sealed    []byte // reused by every message that is sent
	opened    []byte // and that is received

	mu      sync.Mutex
	order   order
	heard   *duet.Problem // what the other side broke off with
	leaving bool
}

func newConnection(line net.Conn, session *agree.Session, count *forgeries) *connection {
	return &connection{
		session: session, forgeries: count, line: line,
		in: bufio.NewReaderSize(line, readAhead), out: bufio.NewWriterSize(line, readAhead),
	}
}

// greet exchanges hellos, and returns the digits.
func (c *connection) greet() (string, error) {
	nonce := make([]byte, message.NonceBytes)
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	if err := c.send(record.Hello, message.Hello{Nonce: nonce, NS: c.session.NS}.Encode()); err != nil {
		return "", err
	}
	opener, err := c.receive(silence)
	if err != nil {
		return "", err
	}
	plaintext, err := c.whole(opener)
	if err != nil {
		return "", err
	}
	other := duet.Sender
	if c.session.Role == duet.Sender {
		other = duet.Recipient
	}
	theirs, err := message.ParseHello(other, plaintext)
	if err != nil {
		return "", err
	}
	nonceS, nonceR, nS := nonce, theirs.Nonce, c.session.NS
	if other == duet.Sender {
		nonceS, nonceR, nS = theirs.Nonce, nonce, theirs.NS
	}
	digits, err := c.session.Digits(nS)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.conn = record.ConnectionID(nonceS, nonceR)
	return digits, nil
}

// begin starts a message. It must be closed before the next.
func (c *connection) begin(kind record.Type) (*outgoing, error) {
	name, key := directionOf(c.session)
	c.mu.Lock()
	at := record.Position{Conn: c.order.conn, Index: c.order.sent}
	c.order.sent++
	c.order.sending = true
	c.mu.Unlock()
	sealer, err := record.NewSealer(c.out, record.Direction{Name: name, Key: key, Chunk: c.session.Chunk}, at, kind, rand.Reader, c.sealed)
	if err != nil {
		return nil, lost(err)
	}
	c.sealed = sealer.Buffer()
	return &outgoing{sealer, c, kind}, nil
}

// send sends a message of one chunk.
func (c *connection) send(kind record.Type, plaintext []byte) error {
	out, err := c.begin(kind)
	if err != nil {
		return err
	}
	if _, err := out.Write(plaintext); err != nil {
		return err
	}
	return out.Close()
}

// receive waits for the head of the next message, at most so long if that is not
// zero. What the other side breaks off with is an error.
func (c *connection) receive(atMost time.Duration) (*record.Opener, error) {
	c.arm(atMost)
	name, key := incomingOf(c.session)
	c.mu.Lock()
	at := record.Position{Conn: c.order.conn, Index: c.order.received}
	c.order.received++
	c.mu.Unlock()
	direction := record.Direction{Name: name, Key: key, Chunk: c.session.Chunk}
	opener, err := record.Open(c.in, direction, at, c.mayCome)
	if err != nil {
		return nil, c.judge(err)
	}
	opener.Use(c.opened)
	if opener.Type() != record.Error {
		return opener, nil
	}
	plaintext, err := c.whole(opener)
	if err != nil {
		return nil, err
	}
	problem, err := message.ParseError(plaintext)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.heard = problem
	c.mu.Unlock()
	return nil, problem
}

// each calls take with every chunk of a message.
func (c *connection) each(opener *record.Opener, take func(plaintext []byte) error) error {
	for {
		c.arm(silence)
		plaintext, err := opener.Next()
		if err == io.EOF {
			c.opened = opener.Buffer()
			c.received(opener.Type())
			return nil
		}
		if err != nil {
			return c.judge(err)
		}
		if err := take(plaintext); err != nil {
			return err
		}
	}
}

// whole reads a message of one chunk.
func (c *connection) whole(opener *record.Opener) ([]byte, error) {
	c.arm(silence)
	plaintext, err := opener.Whole(message.SmallMax)
	if err != nil {
		return nil, c.judge(err)
	}
	c.opened = opener.Buffer()
	c.received(opener.Type())
	return plaintext, nil
}

// cancelWith makes the connection end soon when the context ends: reading at
// once, writing when an error could have left. The caller must call stop.
func (c *connection) cancelWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		c.mu.Lock()
		c.leaving = true
		c.mu.Unlock()
		_ = c.line.SetReadDeadline(past)
		_ = c.line.SetWriteDeadline(time.Now().Add(goodbye))
	})
}

func (c *connection) arm(atMost time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.leaving:
	case atMost == 0:
		_ = c.line.SetReadDeadline(time.Time{})
	default:
		_ = c.line.SetReadDeadline(time.Now().Add(atMost))
	}
}

// stopWriting makes what is being written fail, unless this side is about to say
// why it leaves.
func (c *connection) stopWriting() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.leaving {
		_ = c.line.SetWriteDeadline(past)
	}
}

// leave ends the connection because of an error, and tells the other side if it
// does not know and can still be told: between messages.
func (c *connection) leave(err error) {
	defer func() { _ = c.line.Close() }()
	c.mu.Lock()
	mayTell := c.order.conn != nil && c.heard == nil && !c.order.sending
	c.mu.Unlock()
	problem := problemOf(err)
	if !mayTell || problem.Code == duet.ConnectionLost {
		return
	}
	_ = c.line.SetWriteDeadline(time.Now().Add(goodbye))
	if c.send(record.Error, message.EncodeError(problem)) != nil {
		return
	}
	// What is unread when a socket closes makes the system drop what was sent.
	if half, ok := c.line.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.line.SetReadDeadline(time.Now().Add(goodbye))
		_, _ = io.Copy(io.Discard, c.line)
	}
}

// lastWord is what the other side broke off with, when writing failed: who sends
// an error closes, and its error may still be unread.
func (c *connection) lastWord(err error) error {
	if !duet.HasCode(err, duet.ConnectionLost) {
		return err
	}
	if _, said := c.receive(goodbye); said != nil && !duet.HasCode(said, duet.ConnectionLost) {
		return said
	}
	return err
}

// judge says what an error of reading means.
func (c *connection) judge(err error) error {
	switch err {
	case record.ErrForged:
		return c.forgeries.next()
	case record.ErrTooLong:
		return duet.NewProblem(duet.BadMessage, "a message is too long", nil)
	}
	return lost(err)
}

// outgoing is a message that is being sent.
type outgoing struct {
	sealer *record.Sealer
	c      *connection
	kind   record.Type
}

func (o *outgoing) Write(plaintext []byte) (int, error) {
	n, err := o.sealer.Write(plaintext)
	if err != nil {
		return n, lost(err)
	}
	return n, nil
}

// Close ends the message, and sees to it that all of it leaves.
func (o *outgoing) Close() error {
	err := o.sealer.Close()
	if err == nil {
		err = o.c.out.Flush()
	}
	if err != nil {
		return lost(err)
	}
	o.c.mu.Lock()
	defer o.c.mu.Unlock()
	o.c.order.sending = false
	o.c.order.lastSent = o.kind
	return nil
}
