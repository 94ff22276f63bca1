package peer

import (
	"context"
	"strings"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/agree"
	"github.com/duet-relay/duet/clients/go/relay"
)

// openAsSender takes a channel, so that there is a code to show.
func (e *exchange) openAsSender(ctx context.Context) (duet.Round, error) {
	opened, err := e.take(ctx)
	if err != nil {
		return duet.Round{}, err
	}
	if strings.Contains(opened.Channel, "-") {
		// The words begin behind the first dash of a code.
		return duet.Round{}, duet.NewProblem(duet.RelayRefused, "the channel cannot stand in a code, since it has a dash", nil)
	}
	return duet.Round{Channel: opened.Channel, Number: opened.Round}, nil
}

// playAsSender is steps 2, 3 and 7 to 9.
func (e *exchange) playAsSender(ctx context.Context, at duet.Round) (*meeting, error) {
	run, err := agree.StartSender(e.terms(e.suite))
	if err != nil {
		return nil, err
	}
	if err := e.client.PostX(ctx, at, run.X, string(e.suite)); err != nil {
		return nil, err
	}
	answer, err := waitFor(ctx, func(wait time.Duration) (*relay.ReceivedY, error) { return e.client.Y(ctx, at, wait) })
	if err != nil {
		return nil, err
	}
	if err := e.answering(); err != nil {
		return nil, err
	}
	if err := e.spend(); err != nil {
		return nil, err
	}
	// Nothing that proves the key leaves before this has returned.
	session, err := run.Finish(answer.Y, answer.HhK)
	if err != nil {
		return nil, err
	}
	e.guesses--
	posted, err := e.client.PostHK(ctx, at, session.HK)
	if err != nil {
		return nil, err
	}
	return &meeting{round: at, session: session, stapler: posted.Stapler}, nil
}

// playAsRecipient is steps 5 to 7 and 10.
func (e *exchange) playAsRecipient(ctx context.Context) (*meeting, error) {
	if e.guesses >= guessesMax {
		return nil, e.spend()
	}
	opened, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	at := duet.Round{Channel: opened.Channel, Number: opened.Round}
	x, curve := opened.X, opened.Curve
	if x == nil || curve == nil {
		state, err := waitFor(ctx, func(wait time.Duration) (*relay.ChannelState, error) { return e.client.Channel(ctx, at, wait) })
		if err != nil {
			return nil, err
		}
		x, curve = state.X, state.Curve
	}
	if x == nil || curve == nil {
		return nil, duet.NewProblem(duet.RelayRefused, "the relay shows no x", nil)
	}
	suite, err := agree.ParseSuite(*curve)
	if err != nil {
		return nil, err
	}
	run, err := agree.StartRecipient(e.terms(suite), *x)
	if err != nil {
		return nil, err
	}
	return e.answer(ctx, at, run)
}

// answer posts y and checks h_k. The guess counts from before hh_k is sent until
// the h_k that fits is here.
func (e *exchange) answer(ctx context.Context, at duet.Round, run *agree.RecipientRun) (*meeting, error) {
	if err := e.answering(); err != nil {
		return nil, err
	}
	if err := e.spend(); err != nil {
		return nil, err
	}
	stapler, err := e.client.PostY(ctx, at, run.Y, run.HHK)
	if err != nil {
		return nil, err
	}
	revealed, err := waitFor(ctx, func(wait time.Duration) (*relay.ReceivedHk, error) { return e.client.HK(ctx, at, wait) })
	if err != nil {
		return nil, err
	}
	session, err := run.Confirm(revealed.HK)
	if err != nil {
		return nil, err
	}
	e.guesses--
	return &meeting{round: at, session: session, stapler: *stapler}, nil
}
