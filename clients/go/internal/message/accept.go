package message

import (
	"crypto/sha256"
	"io"

	"github.com/duet-relay/duet/clients/go/internal/wire"
)

// Action is what a recipient wants of an entry.
type Action string

// The actions that there are.
const (
	Send   Action = "send"
	Skip   Action = "skip"
	Resume Action = "resume"
)

// Decision is an action, and for Resume from where.
type Decision struct {
	Do Action
	// Offset is how many bytes are there, and SHA256 their hash.
	Offset int64
	SHA256 []byte
}

// Acceptance is what a recipient answers to an offer.
type Acceptance struct {
	Default    Action
	Exceptions map[int]Decision
}

// For returns what is to be done with an entry.
func (a *Acceptance) For(entry int) Decision {
	if decision, ok := a.Exceptions[entry]; ok {
		return decision
	}
	return Decision{Do: a.Default}
}

type wireDefault struct {
	Default Action `json:"default"`
}

type wireException struct {
	Entry  int    `json:"entry"`
	Do     Action `json:"do"`
	Offset *int64 `json:"offset,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Write writes the lines of an accept, for an offer with so many entries.
func (a *Acceptance) Write(to io.Writer, entries int) error {
	line, err := appendLine(nil, wireDefault{a.Default})
	if err != nil {
		return err
	}
	if _, err := to.Write(line); err != nil {
		return err
	}
	for entry := range entries {
		decision, ok := a.Exceptions[entry]
		if !ok {
			continue
		}
		exception := wireException{Entry: entry, Do: decision.Do}
		if decision.Do == Resume {
			exception.Offset, exception.SHA256 = &decision.Offset, wire.Base64(decision.SHA256)
		}
		if line, err = appendLine(line[:0], exception); err != nil {
			return err
		}
		if _, err := to.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// AcceptReader reads the answer to an offer as its chunks come.
type AcceptReader struct {
	lines  lineReader
	offer  *Offer
	accept *Acceptance
	latest int64
}

// NewAcceptReader returns an AcceptReader for the answer to an offer.
func NewAcceptReader(offer *Offer) *AcceptReader {
	r := &AcceptReader{offer: offer, latest: -1}
	r.lines.read = r.readLine
	return r
}

// Push takes the next plaintext.
func (r *AcceptReader) Push(plaintext []byte) error { return r.lines.push(plaintext) }

// Finish returns the answer.
func (r *AcceptReader) Finish() (*Acceptance, error) {
	if err := r.lines.finish(); err != nil {
		return nil, err
	}
	if r.accept == nil {
		return nil, badMessage("the answer is empty")
	}
	return r.accept, nil
}

func (r *AcceptReader) readLine(line wire.Object) error {
	if r.accept == nil {
		choice, _ := line.Text("default")
		if Action(choice) != Send && Action(choice) != Skip {
			return badMessage("the answer has no default")
		}
		r.accept = &Acceptance{Default: Action(choice), Exceptions: map[int]Decision{}}
		return nil
	}
	entry, ok := line.Count("entry")
	if !ok || entry <= r.latest {
		return badMessage("the exceptions do not ascend")
	}
	if entry >= int64(len(r.offer.Entries)) {
		return badMessage("an exception for an entry that was not offered")
	}
	decision, err := readDecision(line, r.offer.Entries[entry])
	if err != nil {
		return err
	}
	r.latest = entry
	r.accept.Exceptions[int(entry)] = decision
	return nil
}

func readDecision(line wire.Object, offered Entry) (Decision, error) {
	text, _ := line.Text("do")
	decision := Decision{Do: Action(text)}
	switch decision.Do {
	case Send, Skip:
		return decision, nil
	case Resume:
	default:
		return decision, badMessage("an exception is not valid")
	}
	var ok bool
	if decision.Offset, ok = line.Count("offset"); !ok {
		return decision, badMessage("an exception is not valid")
	}
	hash, _ := line.Text("sha256")
	var err error
	if decision.SHA256, err = wire.ParseBase64(hash); err != nil || len(decision.SHA256) != sha256.Size {
		return decision, badMessage("an exception is not valid")
	}
	if offered.Type != File || offered.Size == Unknown || decision.Offset > offered.Size {
		return decision, badMessage("an entry cannot be resumed there")
	}
	return decision, nil
}
