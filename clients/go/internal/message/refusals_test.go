package message

import (
	"bytes"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/vectors"
)

// reader says what becomes of a case.
type reader func(t *testing.T, each vectors.Refusal) error

func readOffer(plaintext []byte) (*Offer, error) {
	reader := NewOfferReader()
	if err := reader.Push(plaintext); err != nil {
		return nil, err
	}
	return reader.Finish()
}

func readAccept(offer *Offer, plaintext []byte) (*Acceptance, error) {
	reader := NewAcceptReader(offer)
	if err := reader.Push(plaintext); err != nil {
		return nil, err
	}
	return reader.Finish()
}

func offerOf(t *testing.T, each vectors.Refusal) *Offer {
	t.Helper()
	offer, err := readOffer(each.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	return offer
}

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) Data(int, int64, []byte) error { return nil }
func (nothing) GivenUp(int) error             { return nil }
func (nothing) StreamEnd(int, int64) error    { return nil }

var readers = map[string]reader{
	"hello": func(t *testing.T, each vectors.Refusal) error {
		if each.Commitment != nil {
			t.Skip("what the nonce was promised as is package agree's")
		}
		hello, err := ParseHello(duet.Role(each.From), each.Plaintext)
		if err == nil && (!bytes.Equal(hello.Nonce, each.Nonce) || !bytes.Equal(hello.NS, each.NS)) {
			t.Errorf("read as %+v", hello)
		}
		return err
	},
	"manifest": func(_ *testing.T, each vectors.Refusal) error {
		_, err := readOffer(each.Plaintext)
		return err
	},
	"accept": func(t *testing.T, each vectors.Refusal) error {
		_, err := readAccept(offerOf(t, each), each.Plaintext)
		return err
	},
	"end": func(_ *testing.T, each vectors.Refusal) error {
		_, err := ParseEnd(each.Plaintext)
		return err
	},
	"ack": func(_ *testing.T, each vectors.Refusal) error {
		_, err := ParseAck(each.Plaintext)
		return err
	},
	"error": func(t *testing.T, each vectors.Refusal) error {
		problem, err := ParseError(each.Plaintext)
		if err == nil && problem.Code != duet.Code(each.Code) {
			t.Errorf("read as %s", problem.Code)
		}
		return err
	},
	"body": func(t *testing.T, each vectors.Refusal) error {
		offer := offerOf(t, each)
		accept, err := readAccept(offer, each.Accept)
		if err != nil {
			t.Fatal(err)
		}
		bodies := NewBodyReader(offer, accept, nothing{})
		for _, message := range each.Messages {
			if err := bodies.Push(message); err != nil {
				return err
			}
			if err := bodies.FinishMessage(); err != nil {
				return err
			}
		}
		return bodies.Finish()
	},
}

func TestMessagesOfTheSharedRefusals(t *testing.T) {
	for kind, read := range readers {
		for _, each := range vectors.Refusals(t, kind) {
			t.Run(kind+"/"+each.Name, func(t *testing.T) {
				err := read(t, each)
				switch {
				case each.Refused && !duet.HasCode(err, duet.Code(each.Problem)):
					t.Fatalf("got %v, not %s", err, each.Problem)
				case !each.Refused && err != nil:
					t.Fatalf("refused: %v", err)
				}
			})
		}
	}
}
