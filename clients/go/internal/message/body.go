package message

import (
	"encoding/binary"
	"math"
)

const (
	// FrameHeader is u64be entry ‖ u64be offset ‖ u32be n.
	FrameHeader = 20
	// frameMax is the most that a frame holds, in bytes.
	frameMax = 1 << 24
	// givenUp is the offset with which a sender gives an entry up.
	givenUp = math.MaxUint64
)

// AppendFrame writes the head of a frame with n bytes. None are the end of a
// stream.
func AppendFrame(to []byte, entry int, offset int64, n int) []byte {
	return appendHeader(to, uint64(entry), uint64(offset), uint32(n))
}

// AppendGivenUp says that an entry could not be read to its end.
func AppendGivenUp(to []byte, entry int) []byte {
	return appendHeader(to, uint64(entry), givenUp, 0)
}

func appendHeader(to []byte, entry, offset uint64, n uint32) []byte {
	to = binary.BigEndian.AppendUint64(to, entry)
	to = binary.BigEndian.AppendUint64(to, offset)
	return binary.BigEndian.AppendUint32(to, n)
}

// Sink takes what a body brings.
type Sink interface {
	// Data has bytes of an entry. An entry that was to be resumed may begin
	// again at 0: then what is there goes.
	Data(entry int, offset int64, bytes []byte) error
	// GivenUp says that no more of the entry comes.
	GivenUp(entry int) error
	// StreamEnd says that a stream ends here.
	StreamEnd(entry int, offset int64) error
}

// BodyReader reads the bodies of one connection.
type BodyReader struct {
	order  bodyOrder
	sink   Sink
	head   []byte // of a frame, as far as it came
	entry  int
	offset int64
	left   int // bytes of the frame that are still to come
	total  int64
}

// NewBodyReader returns a BodyReader for what was offered and accepted.
func NewBodyReader(offer *Offer, accept *Acceptance, sink Sink) *BodyReader {
	return &BodyReader{order: newBodyOrder(offer, accept), sink: sink}
}

// Total is how many bytes came in frames.
func (r *BodyReader) Total() int64 { return r.total }

// Push takes the next plaintext of a body.
func (r *BodyReader) Push(plaintext []byte) error {
	for len(plaintext) > 0 {
		if r.left > 0 {
			n := min(r.left, len(plaintext))
			if err := r.sink.Data(r.entry, r.offset, plaintext[:n]); err != nil {
				return err
			}
			r.left -= n
			r.offset += int64(n)
			r.total += int64(n)
			plaintext = plaintext[n:]
			continue
		}
		n := min(FrameHeader-len(r.head), len(plaintext))
		r.head = append(r.head, plaintext[:n]...)
		plaintext = plaintext[n:]
		if len(r.head) == FrameHeader {
			if err := r.begin(r.head); err != nil {
				return err
			}
			r.head = r.head[:0]
		}
	}
	return nil
}

// FinishMessage says that a body message has ended.
func (r *BodyReader) FinishMessage() error {
	if r.left > 0 || len(r.head) > 0 {
		return badMessage("a frame crosses messages")
	}
	return nil
}

// Finish says that no more bodies come.
func (r *BodyReader) Finish() error { return r.order.end() }

func (r *BodyReader) begin(head []byte) error {
	entry := binary.BigEndian.Uint64(head)
	offset := binary.BigEndian.Uint64(head[8:])
	n := binary.BigEndian.Uint32(head[16:])
	if n > frameMax {
		return badMessage("a frame is too long")
	}
	if entry > pathsMax {
		return badMessage("bytes of an entry that was not asked for")
	}
	r.entry = int(entry)
	if n == 0 && offset == givenUp {
		if err := r.order.giveUp(r.entry); err != nil {
			return err
		}
		return r.sink.GivenUp(r.entry)
	}
	if offset > countMax {
		return badMessage("the bytes of an entry have a gap")
	}
	r.offset = int64(offset)
	if n == 0 {
		if err := r.order.streamEnd(r.entry, r.offset); err != nil {
			return err
		}
		return r.sink.StreamEnd(r.entry, r.offset)
	}
	r.left = int(n)
	return r.order.data(r.entry, r.offset, int64(n))
}
