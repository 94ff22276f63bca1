package peer

import (
	"context"
	"net"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
)

// neverDialled is how long a stapler is tried that has never answered.
const neverDialled = 10 * time.Second

// use is what happens on one connection.
type use[T any] func(ctx context.Context, c *connection) (T, error)

// connections makes connections until what is done on one of them has succeeded:
// again in the same round, or in the next.
type connections struct {
	exchange *exchange
	// play agrees on a key.
	play func(context.Context) (*meeting, error)
	// verified is the round whose digits were confirmed.
	verified  *meeting
	current   *meeting
	forgeries forgeries
	// dialled says that a stapler has answered.
	dialled bool
	// heardAt is when the other side last proved to be there.
	heardAt time.Time
}

// run calls use on a connection, and again on another as long as they are lost.
func run[T any](ctx context.Context, c *connections, use use[T]) (T, error) {
	for {
		result, err := once(ctx, c, use)
		switch {
		case err == nil:
			return result, nil
		case ctx.Err() != nil:
			return result, err
		case duet.HasCode(err, duet.RoundOver):
			c.current = nil
		case !duet.HasCode(err, mayComeBack...):
			return result, err
		case c.patience() <= 0:
			return result, duet.NewProblem(duet.ConnectionLost, "", err)
		}
		c.exchange.common.tell(EventLost, "the connection was lost, and is made again")
		if err := sleep(ctx, pause); err != nil {
			return result, err
		}
	}
}

func once[T any](ctx context.Context, c *connections, use use[T]) (result T, err error) {
	if c.current == nil {
		if c.current, err = c.exchange.meet(ctx, c.play); err != nil {
			return result, err
		}
		c.heardAt = time.Now()
	}
	line, err := c.dial(ctx)
	if err != nil {
		return result, err
	}
	defer func() { _ = line.Close() }()
	encrypted := newConnection(line, c.current.session, &c.forgeries)
	stop := encrypted.cancelWith(ctx)
	defer stop()
	defer func() {
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		encrypted.leave(err)
	}()
	digits, err := encrypted.greet()
	if err != nil {
		return result, err
	}
	if !c.current.met {
		// A hello proves something only in the first connection of a round: in
		// later ones someone may play an old one back.
		c.current.met, c.heardAt = true, time.Now()
		c.exchange.common.tell(EventConnected, "")
	}
	if err := c.verify(ctx, digits); err != nil {
		return result, err
	}
	return use(ctx, encrypted)
}

// heard is called when a message behind the hello has opened.
func (c *connections) heard() { c.heardAt = time.Now() }

func (c *connections) patience() time.Duration {
	return c.exchange.common.wait() - time.Since(c.heardAt)
}

// verify shows the digits of a round once.
func (c *connections) verify(ctx context.Context, digits string) error {
	verify := c.exchange.common.Verify
	if verify == nil || c.verified == c.current {
		return nil
	}
	if err := verify(ctx, digits); err != nil {
		return duet.NewProblem(duet.Interfered, "the digits were not confirmed", err)
	}
	c.verified = c.current
	return nil
}

// dial connects to the other side, as often as it takes.
func (c *connections) dial(ctx context.Context) (net.Conn, error) {
	patience := c.patience()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, duet.NewProblem(duet.ConnectionLost, "the other side did not come back", nil))
	defer cancel()
	began := time.Now()
	for {
		met := c.current
		line, err := c.exchange.client.Staple(ctx, c.exchange.role, met.round.Channel, met.session.HK, met.stapler)
		switch {
		case err == nil:
			c.dialled = true
			return line, nil
		case ctx.Err() != nil:
			return nil, err
		case !duet.HasCode(err, duet.StaplerUnreachable):
			c.dialled = true
		case !c.dialled && time.Since(began) > neverDialled:
			return nil, err
		}
		if err := c.askRelay(ctx, err); err != nil {
			return nil, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// askRelay finds out what has become of a round after a connection was refused:
// nil when another may be tried.
func (c *connections) askRelay(ctx context.Context, refused error) error {
	if !duet.HasCode(refused, append(mayComeBack, duet.Closed, duet.RoundOver, duet.UnknownChannel)...) {
		return refused
	}
	_, err := c.exchange.client.Channel(ctx, c.current.round, 0)
	switch {
	case err == nil:
		return nil
	case duet.HasCode(err, duet.UnknownChannel):
		// A relay that has lost its memory takes the code up again in a new round.
		return duet.NewProblem(duet.RoundOver, "", err)
	}
	return closedByPeer(err)
}
