package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/code"
	"github.com/duet-relay/duet/clients/go/internal/files"
)

const (
	// umaskDefault is what most systems have.
	umaskDefault fs.FileMode = 0o022
	// farewell is how long a recipient waits for the sender to close.
	farewell = 5 * time.Second
	// repeatAck is how long it tries to say again that everything is there.
	repeatAck = 10 * time.Second
)

// Receive receives what a sender offers, if Consent agrees. It returns when
// everything is complete under its name and on the disk, and the sender has been
// told so. Nothing that was there is replaced. When the sender gave files up, the
// error is CannotRead and the summary says what arrived.
func Receive(ctx context.Context, options ReceiveOptions) (*Summary, error) {
	phrase, err := code.Parse(options.Code)
	if err != nil {
		return nil, err
	}
	if options.Consent == nil {
		return nil, duet.NewProblem(duet.Usage, "nobody decides whether to accept: Consent is not set", nil)
	}
	if err := files.CheckFolder(options.Out); err != nil {
		return nil, err
	}
	e, err := newExchange(&options.Common, duet.Recipient, phrase.Channel, phrase.Secret)
	if err != nil {
		return nil, err
	}
	return ending(e, func() (*Summary, error) { return receive(ctx, e, &options) })
}

func receive(ctx context.Context, e *exchange, options *ReceiveOptions) (*Summary, error) {
	line := &connections{exchange: e, play: e.playAsRecipient}
	receiving := &receiving{options: options, heard: line.heard}
	defer receiving.close()
	summary, err := run(ctx, line, receiving.use)
	if err != nil {
		return nil, err
	}
	if !receiving.isHeard {
		again, cancel := context.WithTimeout(ctx, repeatAck)
		defer cancel()
		// Everything is here, whatever the sender has heard of it.
		for again.Err() == nil && !receiving.isHeard {
			if _, err := run(again, line, receiving.use); err != nil {
				break
			}
		}
	}
	e.close(duet.ReasonDone)
	if failed := receiving.failed; failed > 0 {
		return summary, duet.NewProblem(duet.CannotRead, fmt.Sprintf("the other side could not read %d files", failed), nil)
	}
	return summary, nil
}

// waitForClose reports whether the sender has closed, which it does when it has
// the ack.
func waitForClose(c *connection) bool {
	c.arm(farewell)
	_, err := c.in.ReadByte()
	return errors.Is(err, io.EOF)
}
