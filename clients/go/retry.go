package duet

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// retryBudget is how long a lost call is made again if nothing else was said.
	retryBudget = 10 * time.Second
	// retryBase bounds the second pause, and each later one is bounded by twice
	// as much, up to retryCap.
	retryBase = 250 * time.Millisecond
	retryCap  = 2 * time.Second
)

// losses are the failures after which the same call is made again: nothing was
// refused, something was away.
var losses = []Code{
	RelayUnreachable, "internal", "store_unavailable", "no_stapler", "shutting_down", "request_timeout",
	"rate_limited", "too_many_waiters",
}

// retrying makes a call until it answers. The first retry comes at once, later
// ones after a random time, so that the clients of a relay that comes back do
// not all call in the same instant.
func retrying(ctx context.Context, budget time.Duration, call func() error) error {
	deadline := time.Now().Add(budget)
	for attempt := 0; ; attempt++ {
		err := call()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil || !HasCode(err, losses...) {
			return err
		}
		pause := pauseBefore(attempt, err)
		if budget == 0 || time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func pauseBefore(attempt int, err error) time.Duration {
	var problem *Problem
	if errors.As(err, &problem) && problem.RetryAfter > 0 {
		return problem.RetryAfter
	}
	if attempt == 0 {
		return 0
	}
	longest := min(retryCap, retryBase<<min(attempt-1, 8))
	return rand.N(longest)
}
