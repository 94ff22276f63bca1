package duet

import (
	"errors"
	"fmt"
	"time"
)

// Code says what went wrong. Codes are stable: compare them, never the texts.
type Code string

// The codes that a client makes itself. A relay has more; they arrive as they
// are.
const (
	// RelayUnreachable: no relay answered.
	RelayUnreachable Code = "relay_unreachable"
	// RelayRefused: what answered is no relay, or says what is not known here.
	RelayRefused Code = "relay_refused"
	// StaplerUnreachable: no stapler answered.
	StaplerUnreachable Code = "stapler_unreachable"
	// ConnectionLost: a connection ended before its time.
	ConnectionLost Code = "connection_lost"
	// NobodyCame: the other side did not come.
	NobodyCame Code = "nobody_came"
	// BadCode: what was given is not a code phrase.
	BadCode Code = "bad_code"
	// Usage: an argument is not valid.
	Usage Code = "usage"
	// WrongCode: the two sides do not hold the same words.
	WrongCode Code = "wrong_code"
	// Interfered: what arrived was changed on its way.
	Interfered Code = "interfered"
	// Declined: the other side declined.
	Declined Code = "declined"
	// Cancelled: the other side cancelled.
	Cancelled Code = "cancelled"
	// NoSpace: the destination has no room.
	NoSpace Code = "no_space"
	// CannotWrite: the destination cannot be written.
	CannotWrite Code = "cannot_write"
	// CannotRead: a file cannot be read.
	CannotRead Code = "cannot_read"
	// BadMessage: the other side sent what the protocol does not allow.
	BadMessage Code = "bad_message"
	// Unsupported: the two sides have no version or suite in common.
	Unsupported Code = "unsupported"
	// Failed: none of the others.
	Failed Code = "failed"
	// Interrupted: stopped here.
	Interrupted Code = "interrupted"
)

// The codes of a relay or stapler on which programs act.
const (
	// Closed: someone closed the channel. See Problem.Reason.
	Closed Code = "closed"
	// RoundOver: the round is over; open the channel again for the next.
	RoundOver Code = "round_over"
	// NotYet: the other side has not done its step.
	NotYet Code = "not_yet"
	// UnknownChannel: nobody opened that channel.
	UnknownChannel Code = "unknown_channel"
	// ChannelInUse: the name is taken.
	ChannelInUse Code = "channel_in_use"
	// ChannelFull: a third address.
	ChannelFull Code = "channel_full"
	// NotYours: the uuid does not prove the side.
	NotYours Code = "not_yours"
	// HKMismatch: h_k does not fit hh_k.
	HKMismatch Code = "h_k_mismatch"
)

// Problem is why something failed. It is the only error type of this module
// beside those of a context, and reaches callers wrapped or bare:
//
//	var problem *duet.Problem
//	if errors.As(err, &problem) && problem.Code == duet.ChannelFull { … }
type Problem struct {
	// Code is the contract.
	Code Code
	// Message says what happened, for a person. It may change.
	Message string
	// Hint says what to do about it, for a person.
	Hint string
	// Status is that of HTTP; zero when no relay answered.
	Status int
	// Reason is why a channel was closed, with Code Closed.
	Reason string
	// ClosedBy is who closed it.
	ClosedBy string
	// RetryAfter is how long a relay wants to be left alone.
	RetryAfter time.Duration
	// Cause is what lies below, if anything does.
	Cause error
}

// Error returns the code and the message.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s (%s)", p.Message, p.Code)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// Is reports whether target is a problem with the same code, so that
// errors.Is(err, &duet.Problem{Code: duet.Closed}) holds.
func (p *Problem) Is(target error) bool {
	other, ok := target.(*Problem)
	return ok && other.Code == p.Code
}

// ExitCode is the number with which a command that met the problem ends.
func (p *Problem) ExitCode() int {
	if text, ok := texts[p.Code]; ok {
		return text.exit
	}
	return exitRelay
}

// NewProblem returns a problem with the texts that belong to its code, and a
// better message if one is given.
func NewProblem(code Code, message string, cause error) *Problem {
	text, ok := texts[code]
	if !ok {
		text = texts[Failed]
	}
	if message == "" {
		message = text.message
	}
	return &Problem{Code: code, Message: message, Hint: text.hint, Cause: cause}
}

// HasCode reports whether err is, or wraps, a problem with one of the codes.
func HasCode(err error, codes ...Code) bool {
	var problem *Problem
	if !errors.As(err, &problem) {
		return false
	}
	for _, code := range codes {
		if problem.Code == code {
			return true
		}
	}
	return false
}
