package peer

import (
	"github.com/duet-relay/duet/clients/go/internal/files"
	"github.com/duet-relay/duet/clients/go/internal/message"
)

// Data writes bytes of a file; message.BodyReader has seen to it that they belong
// there.
func (r *receiving) Data(entry int, offset int64, bytes []byte) error {
	part, err := r.enter(entry)
	if err != nil {
		return err
	}
	if offset == 0 && part.Size() > 0 {
		// The sender has another beginning than this side.
		if err := part.Restart(); err != nil {
			return err
		}
	}
	r.bytes += int64(len(bytes))
	return part.Write(bytes)
}

// GivenUp drops what came of a file that the sender cannot read to its end.
func (r *receiving) GivenUp(entry int) error {
	r.discard(entry)
	r.failed++
	r.givenUp[entry] = true
	return nil
}

// StreamEnd has nothing to do: what came is completed when the sender is through.
func (r *receiving) StreamEnd(int, int64) error { return nil }

// enter returns the part file of an entry. Those before it are complete then, and
// not sooner, for a file may be given up behind its last byte.
func (r *receiving) enter(entry int) (*files.Part, error) {
	if part := r.parts[entry]; part != nil {
		return part, nil
	}
	for earlier := range r.parts {
		if earlier < entry {
			if err := r.complete(earlier); err != nil {
				return nil, err
			}
		}
	}
	part, err := r.destination.NewPart(entry)
	if err != nil {
		return nil, err
	}
	r.parts[entry] = part
	return part, nil
}

func (r *receiving) complete(entry int) error {
	part := r.parts[entry]
	delete(r.parts, entry)
	if err := part.Complete(); err != nil {
		return err
	}
	r.done[entry] = true
	return nil
}

func (r *receiving) discard(entry int) {
	if part := r.parts[entry]; part != nil {
		part.Discard()
		delete(r.parts, entry)
	}
}

// makeFolders makes the folders of the offer before anything is put into them.
func (r *receiving) makeFolders() error {
	for entry, offered := range r.offer.Entries {
		if offered.Type == message.Dir && !r.done[entry] {
			if err := r.destination.MakeDir(entry); err != nil {
				return err
			}
		}
	}
	return nil
}

// putRest is for all that needs no bytes: empty files, files of which everything
// was there, links, and at last the modes and times of folders.
func (r *receiving) putRest(accept *message.Acceptance) error {
	for entry, offered := range r.offer.Entries {
		if r.done[entry] || r.givenUp[entry] || accept.For(entry).Do == message.Skip {
			continue
		}
		var err error
		switch offered.Type {
		case message.Link:
			err = r.destination.MakeLink(entry)
		case message.File:
			if _, err = r.enter(entry); err == nil {
				err = r.complete(entry)
			}
		case message.Dir:
		}
		if err != nil {
			return err
		}
		r.done[entry] = true
	}
	return r.destination.FinishDirs()
}
