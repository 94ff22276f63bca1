package peer

import (
	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/agree"
	"github.com/duet-relay/duet/clients/go/internal/record"
)

// order is how far a connection has come (docs/PROTOCOL.md section 6.2).
type order struct {
	// conn is nil before both hellos are there.
	conn []byte
	// sent and received count messages that were begun.
	sent, received uint64
	// sending says that one is under way.
	sending bool
	// lastSent and lastReceived are the latest that have ended.
	lastSent, lastReceived record.Type
}

func (c *connection) received(kind record.Type) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.lastReceived = kind
}

// mayCome names what the other side may say now.
func (c *connection) mayCome() []record.Type {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order.conn == nil {
		return []record.Type{record.Hello}
	}
	if c.session.Role == duet.Sender {
		return append(c.order.recipientMay(), record.Error)
	}
	return append(c.order.senderMay(), record.Error)
}

// recipientMay is asked at a sender.
func (o *order) recipientMay() []record.Type {
	switch {
	case o.lastReceived == record.Hello && o.lastSent == record.Manifest && !o.sending:
		return []record.Type{record.Accept}
	case o.lastReceived == record.Accept && o.lastSent == record.End:
		return []record.Type{record.Ack}
	}
	return nil
}

// senderMay is asked at a recipient.
func (o *order) senderMay() []record.Type {
	switch {
	case o.lastReceived == record.Hello:
		return []record.Type{record.Manifest}
	case o.lastSent == record.Accept && (o.lastReceived == record.Manifest || o.lastReceived == record.Body):
		return []record.Type{record.Body, record.End}
	}
	return nil
}

func directionOf(session *agree.Session) (name string, key []byte) {
	if session.Role == duet.Sender {
		return "s2r", session.KeyS2R
	}
	return "r2s", session.KeyR2S
}

func incomingOf(session *agree.Session) (name string, key []byte) {
	if session.Role == duet.Sender {
		return "r2s", session.KeyR2S
	}
	return "s2r", session.KeyS2R
}
