package peer

import (
	"context"
	"reflect"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/files"
	"github.com/duet-relay/duet/clients/go/internal/message"
	"github.com/duet-relay/duet/clients/go/internal/record"
)

// receiving receives one offer, over as many connections as it takes.
type receiving struct {
	options *ReceiveOptions
	heard   func()
	// offer is what was agreed to; nil before that.
	offer       *message.Offer
	destination *files.Destination
	// done are the entries that are in their places.
	done map[int]bool
	// parts are the files that are not complete, by entry. There is one at a
	// time, but for what earlier connections have left.
	parts map[int]*files.Part
	bytes int64
	// failed counts what the sender gave up on the last connection.
	failed  int64
	givenUp map[int]bool
	// isHeard says that the sender has the ack.
	isHeard bool
}

// use is what a recipient does on one connection.
func (r *receiving) use(ctx context.Context, c *connection) (*Summary, error) {
	offer, err := r.receiveOffer(c)
	if err != nil {
		return nil, err
	}
	r.heard()
	if err := r.agreeTo(ctx, offer); err != nil {
		return nil, err
	}
	accept, err := r.acceptance()
	if err != nil {
		return nil, err
	}
	out, err := c.begin(record.Accept)
	if err != nil {
		return nil, c.lastWord(err)
	}
	if err := accept.Write(out, len(offer.Entries)); err != nil {
		return nil, c.lastWord(err)
	}
	if err := out.Close(); err != nil {
		return nil, c.lastWord(err)
	}
	ack, err := r.receiveBodies(c, accept)
	if err != nil {
		return nil, err
	}
	if err := c.send(record.Ack, ack.Encode()); err != nil {
		return nil, c.lastWord(err)
	}
	r.isHeard = waitForClose(c)
	return &Summary{Entries: int64(len(r.done)), Bytes: r.bytes, Names: r.destination.SavedAs()}, nil
}

func (r *receiving) receiveOffer(c *connection) (*message.Offer, error) {
	// Nobody is asked before the list is sent, but digits may be compared.
	opener, err := c.receive(r.options.wait())
	if err != nil {
		return nil, err
	}
	reader := message.NewOfferReader()
	if err := c.each(opener, reader.Push); err != nil {
		return nil, err
	}
	offer, err := reader.Finish()
	if err != nil {
		return nil, err
	}
	return offer, files.CheckOffer(offer)
}

// agreeTo asks about an offer once, and finds room for it. On a later connection
// the same offer goes on.
func (r *receiving) agreeTo(ctx context.Context, offer *message.Offer) error {
	if r.offer != nil && reflect.DeepEqual(r.offer, offer) {
		return nil
	}
	paths := make([]string, len(offer.Entries))
	for i, entry := range offer.Entries {
		paths[i] = entry.Path
	}
	if err := r.options.Consent(ctx, Offer{Paths: paths, Bytes: offer.Bytes}); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return duet.NewProblem(duet.Declined, "", err)
	}
	umask := umaskDefault
	if r.options.Umask != nil {
		umask = *r.options.Umask
	}
	r.close()
	destination, err := files.NewDestination(r.options.Out, umask)
	if err != nil {
		return err
	}
	if err := destination.Place(offer); err != nil {
		_ = destination.Close()
		return err
	}
	r.offer, r.destination, r.done, r.bytes = offer, destination, map[int]bool{}, 0
	r.parts = map[int]*files.Part{}
	return nil
}

// acceptance says what is still wanted.
func (r *receiving) acceptance() (*message.Acceptance, error) {
	accept := &message.Acceptance{Default: message.Send, Exceptions: map[int]message.Decision{}}
	for entry := range r.done {
		accept.Exceptions[entry] = message.Decision{Do: message.Skip}
	}
	for entry, part := range r.parts {
		if r.offer.Entries[entry].Size == message.Unknown {
			// A stream of unknown size cannot be resumed.
			r.discard(entry)
			continue
		}
		sum, err := part.Sum()
		if err != nil {
			return nil, err
		}
		accept.Exceptions[entry] = message.Decision{Do: message.Resume, Offset: part.Size(), SHA256: sum}
	}
	return accept, nil
}

// receiveBodies receives what was accepted, up to end, and says what is there.
func (r *receiving) receiveBodies(c *connection, accept *message.Acceptance) (message.Ack, error) {
	r.failed, r.givenUp = 0, map[int]bool{}
	if err := r.makeFolders(); err != nil {
		return message.Ack{}, err
	}
	bodies := message.NewBodyReader(r.offer, accept, r)
	for {
		opener, err := c.receive(silence)
		if err != nil {
			return message.Ack{}, err
		}
		if opener.Type() == record.Body {
			if err := c.each(opener, bodies.Push); err != nil {
				return message.Ack{}, err
			}
			r.heard()
			if err := bodies.FinishMessage(); err != nil {
				return message.Ack{}, err
			}
			continue
		}
		plaintext, err := c.whole(opener)
		if err != nil {
			return message.Ack{}, err
		}
		if err := bodies.Finish(); err != nil {
			return message.Ack{}, err
		}
		return r.finish(accept, bodies.Total(), plaintext)
	}
}

// finish puts the rest in its place, when the sender says that it is through.
func (r *receiving) finish(accept *message.Acceptance, total int64, plaintext []byte) (message.Ack, error) {
	end, err := message.ParseEnd(plaintext)
	if err != nil {
		return message.Ack{}, err
	}
	wanted := int64(0)
	for entry := range r.offer.Entries {
		if accept.For(entry).Do != message.Skip {
			wanted++
		}
	}
	if end.Entries != wanted || end.Failed != r.failed || end.Bytes != total {
		return message.Ack{}, duet.NewProblem(duet.BadMessage, "the end says something else than what was sent", nil)
	}
	if err := r.putRest(accept); err != nil {
		return message.Ack{}, err
	}
	return message.Ack{Entries: end.Entries - end.Failed, Bytes: total}, nil
}

func (r *receiving) close() {
	for entry := range r.parts {
		r.discard(entry)
	}
	if r.destination != nil {
		_ = r.destination.Close()
	}
}
