package peer

import (
	"context"
	"crypto/rand"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/agree"
	"github.com/duet-relay/duet/clients/go/relay"
)

const (
	// guessesMax is how often someone may try the words of one code: rule 7 of
	// section 3.
	guessesMax = 3
	// verifiedMax is how many rounds people compare digits in: rule 8.
	verifiedMax = 3
	// firstPatience is how long a relay is tried that has not answered yet: it
	// may be starting at this very moment.
	firstPatience = 2 * time.Second
	// pause is between rounds that break off.
	pause = 250 * time.Millisecond
)

// meeting is a round that both sides have ended well.
type meeting struct {
	round   duet.Round
	session *agree.Session
	stapler relay.Stapler
	// met says that a hello of the other side came in this round.
	met bool
}

// exchange is one side of the key agreement, for as long as its code lives.
type exchange struct {
	common *Common
	role   duet.Role
	suite  agree.Suite // of a sender
	secret string
	// channel is empty at a sender until the relay has chosen one.
	channel string
	first   *duet.Client // for the call that finds the relay
	client  *duet.Client
	// seated says that the relay has given the seat in this round.
	seated bool
	// guesses counts rounds in which someone may have tried the words.
	guesses int
	// rounds counts those in which digits may have been shown.
	rounds int
}

func newExchange(common *Common, role duet.Role, channel, secret string) (*exchange, error) {
	uuid := duet.NewUUID()
	client := func(patience time.Duration) (*duet.Client, error) {
		options := append([]duet.Option{duet.WithUUID(uuid)}, common.Client...)
		return duet.NewClient(common.Relay, append(options, duet.WithRetryFor(patience))...)
	}
	first, err := client(firstPatience)
	if err != nil {
		return nil, err
	}
	rest, err := client(common.wait())
	if err != nil {
		return nil, err
	}
	return &exchange{common: common, role: role, channel: channel, secret: secret, first: first, client: rest}, nil
}

// meet plays rounds until one ends well, or in what no further round may follow.
func (e *exchange) meet(ctx context.Context, play func(context.Context) (*meeting, error)) (*meeting, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.common.wait(), duet.NewProblem(duet.NobodyCame, "", nil))
	defer cancel()
	for {
		met, err := play(ctx)
		if err == nil {
			return met, nil
		}
		isBrokenOff := duet.HasCode(err, duet.RoundOver, duet.UnknownChannel) ||
			(e.seated && duet.HasCode(err, duet.NotYours))
		if !isBrokenOff {
			return nil, closedByPeer(err)
		}
		e.seated = false
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// take takes the seat, or the same seat in another round. A recipient waits for
// the sender and its x.
func (e *exchange) take(ctx context.Context) (*relay.OpenedChannel, error) {
	request := duet.OpenRequest{Channel: e.channel, Role: e.role}
	if e.role == duet.Recipient {
		request.Wait = duet.MaxWait
	}
	opened, err := e.first.Open(ctx, request)
	for e.role == duet.Recipient && duet.HasCode(err, duet.UnknownChannel, duet.NotYet) {
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		opened, err = e.client.Open(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	e.first = e.client
	e.seated = true
	e.channel = opened.Channel
	if opened.Notice != nil {
		e.common.tell(EventNotice, *opened.Notice)
	}
	return opened, nil
}

// spend counts a guess before it can be made.
func (e *exchange) spend() error {
	if e.guesses >= guessesMax {
		return duet.NewProblem(duet.WrongCode, "wrong code, 3 times", nil)
	}
	e.guesses++
	return nil
}

// answering counts a round that may end in digits for people to compare.
func (e *exchange) answering() error {
	if e.rounds++; e.common.Verify != nil && e.rounds > verifiedMax {
		return duet.NewProblem(duet.ConnectionLost, "the connection was lost 3 times, and the digits are compared no more often", nil)
	}
	return nil
}

func (e *exchange) terms(suite agree.Suite) agree.Terms {
	return agree.Terms{
		Suite: suite, Channel: e.channel, Secret: e.secret, Capabilities: agree.Capabilities, Random: rand.Reader,
	}
}

// close says why this side ends, in a bounded time, whatever has become of the
// context of the transfer.
func (e *exchange) close(reason duet.Reason) {
	if e.channel == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	_ = e.client.Close(ctx, duet.Round{Channel: e.channel}, reason)
}

// waitFor asks until something is there.
func waitFor[T any](ctx context.Context, ask func(wait time.Duration) (T, error)) (T, error) {
	for {
		answer, err := ask(duet.MaxWait)
		if !duet.HasCode(err, duet.NotYet) {
			return answer, err
		}
		if ctx.Err() != nil {
			return answer, context.Cause(ctx)
		}
	}
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(duration):
		return nil
	}
}
