package duet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/duet-relay/duet/clients/go/relay"
)

// answer is what the generated code makes of any response.
type answer interface {
	StatusCode() int
	GetBody() []byte
}

// call makes one call, again within the budget if it was lost, and returns what
// pick finds in the answer.
func call[A answer, T any](
	ctx context.Context, budget, wait time.Duration,
	do func(ctx context.Context) (A, error), pick func(A) *T,
) (*T, error) {
	var result *T
	err := retrying(ctx, budget, func() error {
		ctx, cancel := context.WithTimeout(ctx, wait+answerTimeout)
		defer cancel()
		response, err := do(ctx)
		if err != nil {
			return unanswered(ctx, err)
		}
		if result = pick(response); result == nil {
			return refusal(response)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// unanswered is what a call that failed below HTTP means. The cause stays out of
// the message, for it may name the URL.
func unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return NewProblem(RelayUnreachable, "the relay does not answer", ctx.Err())
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return notARelay(http.StatusOK)
	}
	return NewProblem(RelayUnreachable, "", err)
}

// refusal reads the problem of an answer that is no success. The relay is not
// trusted: its texts are cleaned before anybody sees them.
func refusal(response answer) error {
	status := response.StatusCode()
	var told relay.Problem
	if json.Unmarshal(response.GetBody(), &told) != nil || told.Code == "" {
		return notARelay(status)
	}
	problem := &Problem{
		Code:    Code(CleanText(told.Code)),
		Message: CleanText(told.Message),
		Hint:    CleanText(told.Hint),
		Status:  status,
	}
	if isOurs(problem.Code) {
		problem.Code = RelayRefused
	}
	if told.Reason != nil {
		problem.Reason = CleanText(string(*told.Reason))
	}
	if told.ClosedBy != nil {
		problem.ClosedBy = CleanText(string(*told.ClosedBy))
	}
	if told.RetryAfter != nil && *told.RetryAfter > 0 {
		problem.RetryAfter = time.Duration(min(*told.RetryAfter, 60)) * time.Second
	}
	return problem
}

// isOurs reports whether a code is one that only a peer can find: a relay that
// says wrong_code would be believed.
func isOurs(code Code) bool {
	text, known := texts[code]
	return known && text.exit != exitRelay
}

// notARelay is an answer without a problem document: a proxy in between says
// that the relay is away, or this is another service.
func notARelay(status int) error {
	if status >= http.StatusInternalServerError {
		return NewProblem(RelayUnreachable, fmt.Sprintf("the relay cannot be reached: something in between answered %d", status), nil)
	}
	problem := NewProblem(RelayRefused, fmt.Sprintf("what answered (%d) is not a duet relay", status), nil)
	problem.Hint = "Check the address of the relay."
	return problem
}
