package peer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/files"
	"github.com/duet-relay/duet/clients/go/internal/message"
	"github.com/duet-relay/duet/clients/go/internal/record"
)

const (
	// block is how much of a file is read at once, and sent as one frame.
	block = 1 << 20
	// bodyMax is where one body ends and the next begins: a message has at most
	// 2^36 bytes.
	bodyMax = 1 << 35
)

// sending sends one source, over as many connections as it takes.
type sending struct {
	source *files.Source
	heard  func()
	// failed counts files that were given up on the last connection, cause is
	// why the first was.
	failed int64
	cause  error
	buffer []byte
}

// use is what a sender does on one connection.
func (s *sending) use(ctx context.Context, c *connection) (*Summary, error) {
	if err := s.sendOffer(c); err != nil {
		return nil, err
	}
	accept, err := s.receiveAccept(c)
	if err != nil {
		return nil, err
	}
	s.heard()
	// The other side may break off at any time, and its ack comes by the same way.
	answered := make(chan received, 1)
	go func() { answered <- s.receiveAck(c) }()
	end, err := s.sendBodies(ctx, c, accept)
	if err == nil {
		err = c.send(record.End, end.Encode())
	}
	if err != nil {
		return nil, s.because(c, err, answered)
	}
	answer := <-answered
	if answer.err != nil {
		return nil, answer.err
	}
	if answer.ack.Entries != end.Entries-end.Failed || answer.ack.Bytes != end.Bytes {
		return nil, duet.NewProblem(duet.BadMessage, "the other side confirms something else than what was sent", nil)
	}
	return &Summary{Entries: answer.ack.Entries, Bytes: answer.ack.Bytes}, nil
}

func (s *sending) sendOffer(c *connection) error {
	out, err := c.begin(record.Manifest)
	if err != nil {
		return err
	}
	if _, err := s.source.Offer.WriteTo(out); err != nil {
		return c.lastWord(err)
	}
	return out.Close()
}

// receiveAccept waits for as long as the connection holds: a person is asked.
func (s *sending) receiveAccept(c *connection) (*message.Acceptance, error) {
	opener, err := c.receive(0)
	if err != nil {
		return nil, err
	}
	reader := message.NewAcceptReader(&s.source.Offer)
	if err := c.each(opener, reader.Push); err != nil {
		return nil, err
	}
	return reader.Finish()
}

// received is what came while bodies were sent.
type received struct {
	ack message.Ack
	err error
}

// receiveAck waits without a limit: a recipient may have much to write. A failure
// makes the sending of bodies fail too.
func (s *sending) receiveAck(c *connection) (result received) {
	defer func() {
		if result.err != nil {
			c.stopWriting()
		}
	}()
	opener, err := c.receive(0)
	if err != nil {
		return received{err: err}
	}
	plaintext, err := c.whole(opener)
	if err != nil {
		return received{err: err}
	}
	ack, err := message.ParseAck(plaintext)
	return received{ack, err}
}

// because finds out why bodies could not be sent: it may be that the other side
// broke off.
func (s *sending) because(c *connection, err error, answered <-chan received) error {
	_ = c.line.SetReadDeadline(time.Now().Add(goodbye))
	answer := <-answered
	if answer.err != nil && !duet.HasCode(answer.err, duet.ConnectionLost) {
		return answer.err
	}
	return err
}

// sendBodies sends every file that is wanted.
func (s *sending) sendBodies(ctx context.Context, c *connection, accept *message.Acceptance) (message.End, error) {
	var end message.End
	s.failed = 0
	body := &body{c: c}
	for entry, offered := range s.source.Offer.Entries {
		decision := accept.For(entry)
		if decision.Do == message.Skip {
			continue
		}
		end.Entries++
		if offered.Type != message.File || offered.Size == 0 {
			continue
		}
		sent, err := s.sendFile(ctx, body, entry, decision)
		end.Bytes += sent
		if isReading(err) {
			end.Failed++
			s.cause = err
			err = body.frame(message.AppendGivenUp(nil, entry), nil)
		}
		if err != nil {
			return end, err
		}
	}
	s.failed = end.Failed
	return end, body.close()
}

// sendFile sends one file from where the other side has it. The error is a
// readError when the file could not be read to its end.
func (s *sending) sendFile(ctx context.Context, body *body, entry int, decision message.Decision) (sent int64, err error) {
	file, err := s.source.Open(entry)
	if err != nil {
		return 0, readError{err}
	}
	defer func() { _ = file.Close() }()
	offset, err := startOf(file, decision)
	if err != nil {
		return 0, readError{err}
	}
	if s.buffer == nil {
		s.buffer = make([]byte, block)
	}
	for size := s.source.Offer.Entries[entry].Size; offset < size; {
		if ctx.Err() != nil {
			// Between frames, so that the other side can be told.
			_ = body.close()
			return sent, context.Cause(ctx)
		}
		n, err := io.ReadFull(file, s.buffer[:min(block, size-offset)])
		if err != nil {
			return sent, readError{err}
		}
		if err := body.frame(message.AppendFrame(nil, entry, offset, n), s.buffer[:n]); err != nil {
			return sent, err
		}
		offset += int64(n)
		sent += int64(n)
	}
	return sent, nil
}

// startOf is where sending begins: behind what the other side has, if that is the
// beginning of this file.
func startOf(file io.ReadSeeker, decision message.Decision) (int64, error) {
	if decision.Do != message.Resume {
		return 0, nil
	}
	hash := sha256.New()
	if _, err := io.CopyN(hash, file, decision.Offset); err != nil {
		return 0, err
	}
	if bytes.Equal(hash.Sum(nil), decision.SHA256) {
		return decision.Offset, nil
	}
	_, err := file.Seek(0, io.SeekStart)
	return 0, err
}

// body writes frames, into as many messages as it takes.
type body struct {
	c   *connection
	out *outgoing
}

func (b *body) frame(head, bytes []byte) (err error) {
	if b.out == nil {
		if b.out, err = b.c.begin(record.Body); err != nil {
			return err
		}
	}
	if _, err := b.out.Write(head); err != nil {
		return err
	}
	if _, err := b.out.Write(bytes); err != nil {
		return err
	}
	if b.out.sealer.Total() >= bodyMax {
		return b.close()
	}
	return nil
}

func (b *body) close() error {
	if b.out == nil {
		return nil
	}
	out := b.out
	b.out = nil
	return out.Close()
}

// readError is a file here that cannot be read; the transfer goes on without it.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

func isReading(err error) bool {
	_, ok := err.(readError)
	return ok
}
