package message

import (
	"encoding/json"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/wire"
)

const (
	// SmallMax bounds hello, end, ack and error, in bytes of plaintext.
	SmallMax = 4096
	// NonceBytes is what a side draws for every connection.
	NonceBytes = 16
	nSBytes    = 32
)

// Hello is the first message of each side.
type Hello struct {
	Nonce []byte
	// NS is the sender's only.
	NS []byte
}

// Encode writes a hello.
func (h Hello) Encode() []byte {
	plaintext := append([]byte(nil), h.Nonce...)
	plaintext = append(plaintext, h.NS...)
	return append(plaintext, "{}"...)
}

// ParseHello reads the hello of a side.
func ParseHello(role duet.Role, plaintext []byte) (Hello, error) {
	head := NonceBytes
	if role == duet.Sender {
		head += nSBytes
	}
	if len(plaintext) < head {
		return Hello{}, badMessage("a hello is too short")
	}
	if _, err := parseSmall(plaintext[head:], SmallMax-head); err != nil {
		return Hello{}, badMessage("a hello has no object")
	}
	return Hello{Nonce: plaintext[:NonceBytes], NS: plaintext[NonceBytes:head]}, nil
}

// End is what a sender has sent on one connection.
type End struct {
	// Entries were not skipped, Failed of them were given up, Bytes were in
	// frames.
	Entries int64 `json:"entries"`
	Failed  int64 `json:"failed"`
	Bytes   int64 `json:"bytes"`
}

// Encode writes an end.
func (e End) Encode() []byte { return encode(e) }

// ParseEnd reads an end.
func ParseEnd(plaintext []byte) (End, error) {
	counts, err := parseCounts(plaintext, "entries", "failed", "bytes")
	if err != nil {
		return End{}, err
	}
	return End{counts[0], counts[1], counts[2]}, nil
}

// Ack is what a recipient has: entries in place, and bytes of frames.
type Ack struct {
	Entries int64 `json:"entries"`
	Bytes   int64 `json:"bytes"`
}

// Encode writes an ack.
func (a Ack) Encode() []byte { return encode(a) }

// ParseAck reads an ack.
func ParseAck(plaintext []byte) (Ack, error) {
	counts, err := parseCounts(plaintext, "entries", "bytes")
	if err != nil {
		return Ack{}, err
	}
	return Ack{counts[0], counts[1]}, nil
}

// peerCodes are what one side may tell the other.
var peerCodes = []duet.Code{
	duet.Declined, duet.Cancelled, duet.Interfered, duet.NoSpace, duet.CannotWrite,
	duet.CannotRead, duet.BadMessage, duet.Unsupported,
}

type wireError struct {
	Code    duet.Code `json:"code"`
	Message string    `json:"message"`
}

// EncodeError says what went wrong here. The other side learns nothing else:
// what it has no code for is cancelled.
func EncodeError(problem *duet.Problem) []byte {
	told := wireError{Code: duet.Cancelled, Message: duet.CleanText(problem.Message)}
	for _, code := range peerCodes {
		if code == problem.Code {
			told.Code = code
		}
	}
	return encode(told)
}

// ParseError reads what the other side broke off with, as a problem here. A code
// that is not known is Failed.
func ParseError(plaintext []byte) (*duet.Problem, error) {
	object, err := parseSmall(plaintext, SmallMax)
	if err != nil {
		return nil, badMessage("an error is not an object")
	}
	code, ok := object.Text("code")
	message, hasMessage := object.Text("message")
	if !ok || !hasMessage {
		return nil, badMessage("an error has no code or message")
	}
	known := duet.Failed
	for _, each := range peerCodes {
		if string(each) == code {
			known = each
		}
	}
	problem := duet.NewProblem(known, "", nil)
	if text := duet.CleanText(message); text != "" {
		problem.Message = text
	}
	problem.Message = "the other side: " + problem.Message
	return problem, nil
}

// encode cannot fail: its values have texts and numbers only.
func encode(value any) []byte {
	text, _ := json.Marshal(value)
	return text
}

func parseSmall(plaintext []byte, most int) (wire.Object, error) {
	if len(plaintext) > most {
		return nil, badMessage("a message is too long")
	}
	return wire.ParseObject(plaintext)
}

func parseCounts(plaintext []byte, keys ...string) ([]int64, error) {
	object, err := parseSmall(plaintext, SmallMax)
	if err != nil {
		return nil, badMessage("a message is not an object")
	}
	counts := make([]int64, len(keys))
	for i, key := range keys {
		var ok bool
		if counts[i], ok = object.Count(key); !ok {
			return nil, badMessage("a message has no valid " + key)
		}
	}
	return counts, nil
}
