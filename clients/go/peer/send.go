package peer

import (
	"context"
	"fmt"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/agree"
	"github.com/duet-relay/duet/clients/go/internal/code"
	"github.com/duet-relay/duet/clients/go/internal/files"
)

// Send sends files and folders, until the other side has confirmed that all of
// them are complete. When some could not be read to their end, the error is
// CannotRead and the summary says what arrived.
func Send(ctx context.Context, options SendOptions) (*Summary, error) {
	suite := agree.Suites[0]
	if options.Suite != "" {
		var err error
		if suite, err = agree.ParseSuite(options.Suite); err != nil {
			return nil, duet.NewProblem(duet.Usage, problemOf(err).Message, err)
		}
	}
	phrase := code.Code{Secret: code.NewSecret(code.DefaultWords)}
	if options.Code != "" {
		var err error
		if phrase, err = code.Parse(options.Code); err != nil {
			return nil, err
		}
	}
	source, err := files.NewSource(ctx, options.Paths)
	if err != nil {
		return nil, problemOf(err)
	}
	for _, reason := range source.LeftOut {
		options.tell(EventWarning, "left out: "+reason)
	}
	e, err := newExchange(&options.Common, duet.Sender, phrase.Channel, phrase.Secret)
	if err != nil {
		return nil, err
	}
	e.suite = suite
	return ending(e, func() (*Summary, error) { return send(ctx, e, source, options.OnCode) })
}

func send(ctx context.Context, e *exchange, source *files.Source, onCode func(string)) (*Summary, error) {
	at, err := e.openAsSender(ctx)
	if err != nil {
		return nil, err
	}
	if onCode != nil {
		onCode(code.Code{Channel: at.Channel, Secret: e.secret}.Phrase())
	}
	isFirst := true
	play := func(ctx context.Context) (*meeting, error) {
		if !isFirst {
			if at, err = e.openAsSender(ctx); err != nil {
				return nil, err
			}
		}
		isFirst = false
		return e.playAsSender(ctx, at)
	}
	line := &connections{exchange: e, play: play}
	sending := &sending{source: source, heard: line.heard}
	summary, err := run(ctx, line, sending.use)
	if err == nil && sending.failed > 0 {
		err = duet.NewProblem(duet.CannotRead, fmt.Sprintf("%d files could not be read", sending.failed), sending.cause)
	}
	return summary, err
}

// ending closes the channel when a transfer has failed for good, so that the
// other side does not wait.
func ending(e *exchange, transfer func() (*Summary, error)) (*Summary, error) {
	summary, err := transfer()
	if err == nil {
		return summary, nil
	}
	problem := problemOf(err)
	if reason := reasonFor(problem); reason != "" && summary == nil {
		e.close(reason)
	}
	return summary, problem
}
