package peer

import (
	"context"
	"errors"

	duet "github.com/duet-relay/duet/clients/go"
)

// forgeriesMax is how many records of one transfer may fail: a changed bit gets
// past TCP's checksum now and then, three times it is somebody.
const forgeriesMax = 3

// forgeries counts records that failed, over all connections of a transfer.
type forgeries struct{ count int }

// next is the error for one more: a lost connection, and at last Interfered.
func (f *forgeries) next() error {
	f.count++
	if f.count >= forgeriesMax {
		return duet.NewProblem(duet.Interfered, "", nil)
	}
	return duet.NewProblem(duet.ConnectionLost, "what arrived was changed on its way", nil)
}

// lost is what an error of the line means.
func lost(err error) error { return duet.NewProblem(duet.ConnectionLost, "", err) }

// problemOf makes a problem of any error.
func problemOf(err error) *duet.Problem {
	var problem *duet.Problem
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return duet.NewProblem(duet.Interrupted, "", err)
	}
	return duet.NewProblem(duet.Failed, "", err)
}

// mayComeBack are the codes after which another connection may follow.
var mayComeBack = []duet.Code{
	duet.ConnectionLost, duet.StaplerUnreachable, "replaced", "timeout", "busy", "unavailable", "not_open", "wrong_h_k",
}

// byReason is how the other side's reason for closing reads here.
var byReason = map[string]duet.Code{
	string(duet.ReasonWrongCode):  duet.WrongCode,
	string(duet.ReasonInterfered): duet.Interfered,
	string(duet.ReasonDeclined):   duet.Declined,
	string(duet.ReasonCancelled):  duet.Cancelled,
	string(duet.ReasonFailed):     duet.Failed,
}

// closedByPeer reads a channel that is closed as what it was closed with.
func closedByPeer(err error) error {
	var problem *duet.Problem
	if !errors.As(err, &problem) || problem.Code != duet.Closed {
		return err
	}
	code, ok := byReason[problem.Reason]
	switch {
	case !ok:
		return err
	case code == duet.Failed:
		return duet.NewProblem(code, "the other side gave up", err)
	}
	return duet.NewProblem(code, "", err)
}

// reasonFor is why the channel is closed after an error; empty when it is left
// open, for the same command may go on in it.
func reasonFor(problem *duet.Problem) duet.Reason {
	switch problem.Code {
	case duet.ConnectionLost, duet.NobodyCame, duet.RelayUnreachable, duet.StaplerUnreachable:
		return ""
	case duet.WrongCode:
		return duet.ReasonWrongCode
	case duet.Interfered:
		return duet.ReasonInterfered
	case duet.Declined:
		return duet.ReasonDeclined
	case duet.Cancelled, duet.Interrupted:
		return duet.ReasonCancelled
	}
	return duet.ReasonFailed
}
