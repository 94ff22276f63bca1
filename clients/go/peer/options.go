package peer

import (
	"context"
	"io/fs"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/agree"
)

// DefaultWait is how long a side waits for the other if nothing else was said.
const DefaultWait = 10 * time.Minute

// Suites are the key agreements that this peer knows, the best first.
func Suites() []string {
	names := make([]string, len(agree.Suites))
	for i, suite := range agree.Suites {
		names[i] = string(suite)
	}
	return names
}

// Common is what both sides of a transfer are given.
type Common struct {
	// Relay is the address of the relay, such as "https://relay.example".
	Relay string
	// Client options, for a private relay or a certificate authority of one's
	// own.
	Client []duet.Option
	// WaitForPeer is how long to wait for the other side, and to try again after
	// a loss. DefaultWait when zero.
	WaitForPeer time.Duration
	// Verify, if set, shows eight digits to a person, who compares them with
	// those of the other side. Nothing is sent before it has returned nil.
	Verify func(ctx context.Context, digits string) error
	// OnEvent, if set, is told what happens. It must return soon.
	OnEvent func(Event)
}

// SendOptions say what to send and how.
type SendOptions struct {
	Common
	// Paths are files and folders.
	Paths []string
	// Code is used instead of one that the relay and chance choose.
	Code string
	// Suite is one of Suites; the first when empty.
	Suite string
	// OnCode is told the code, once the other side can use it.
	OnCode func(code string)
}

// ReceiveOptions say where to write.
type ReceiveOptions struct {
	Common
	// Code is what the sender passed on.
	Code string
	// Out is the folder that receives. It is made if the one above is there.
	Out string
	// Consent decides on an offer before anything is written. Its error declines.
	Consent func(ctx context.Context, offer Offer) error
	// Umask is taken from the mode of everything that is written; 0o022 when nil.
	Umask *fs.FileMode
}

// Offer is what a sender wants to send.
type Offer struct {
	// Paths are those of all files, folders and links, as the sender has them.
	Paths []string
	// Bytes is the size of all files, or -1 when the sender does not know.
	Bytes int64
}

// AcceptAll agrees to any offer.
func AcceptAll(context.Context, Offer) error { return nil }

// Summary is what came of a transfer.
type Summary struct {
	// Entries are the files, folders and links that are in their places, and
	// Bytes what crossed the pipe for them.
	Entries int64
	Bytes   int64
	// Names are the topmost names that a recipient gave.
	Names []string
}

// Event is something that a person may want to know.
type Event struct {
	Kind EventKind
	// Text says more, for a person.
	Text string
}

// EventKind tells events apart.
type EventKind string

// The events that there are.
const (
	// EventNotice: the operator of the relay has something to say.
	EventNotice EventKind = "notice"
	// EventConnected: both sides hold the same key, and are connected.
	EventConnected EventKind = "connected"
	// EventLost: the connection was lost, and is made again.
	EventLost EventKind = "lost"
	// EventWarning: something to know that stops nothing.
	EventWarning EventKind = "warning"
)

func (c *Common) tell(kind EventKind, text string) {
	if c.OnEvent != nil {
		c.OnEvent(Event{kind, duet.CleanText(text)})
	}
}

func (c *Common) wait() time.Duration {
	if c.WaitForPeer > 0 {
		return c.WaitForPeer
	}
	return DefaultWait
}
