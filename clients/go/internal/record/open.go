package record

import (
	"crypto/subtle"
	"io"
)

// Opener reads one message.
type Opener struct {
	from   io.Reader
	keys   *messageKeys
	kind   Type
	buffer []byte
	chunk  int
	index  uint64
	total  int64
	nonce  [nonceBytes]byte
	ended  bool
}

// Open reads the head of a message and finds which of the types it has that
// mayCome names. It asks only when the head is here: what may come can change
// while one waits. The error is ErrForged when it has none of them, io.EOF when
// the connection ended before the message.
func Open(from io.Reader, direction Direction, at Position, mayCome func() []Type) (*Opener, error) {
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	for _, kind := range mayCome() {
		keys, err := deriveKeys(direction, at, kind, header[:saltBytes])
		if err != nil {
			return nil, err
		}
		if subtle.ConstantTimeCompare(keys.commitment, header[saltBytes:]) == 1 {
			return &Opener{from: from, keys: keys, kind: kind, chunk: direction.Chunk}, nil
		}
	}
	return nil, ErrForged
}

// Type is what the message says.
func (o *Opener) Type() Type { return o.kind }

// Use gives a buffer for the chunks, which Buffer hands on to the next message.
func (o *Opener) Use(buffer []byte) { o.buffer = buffer }

// Buffer is the buffer as it has grown.
func (o *Opener) Buffer() []byte { return o.buffer }

// Next returns the plaintext of the next chunk, which is good until the next
// call, and io.EOF behind the last one. A connection that ends within a message
// is io.ErrUnexpectedEOF.
func (o *Opener) Next() ([]byte, error) {
	if o.ended {
		return nil, io.EOF
	}
	var length [lengthBytes]byte
	if err := o.readFull(length[:]); err != nil {
		return nil, err
	}
	n := int(length[0])<<16 | int(length[1])<<8 | int(length[2])
	if n < tagBytes || n > o.chunk+tagBytes {
		return nil, ErrForged
	}
	if cap(o.buffer) < n {
		o.buffer = make([]byte, n)
	}
	sealed := o.buffer[:n]
	if err := o.readFull(sealed); err != nil {
		return nil, err
	}
	plaintext, err := o.keys.aead.Open(sealed[:0], o.keys.nonceFor(o.index, o.nonce[:]), sealed, nil)
	if err != nil {
		return nil, ErrForged
	}
	o.index++
	o.total += int64(len(plaintext))
	o.ended = len(plaintext) < o.chunk
	if o.total > plaintextMax {
		return nil, ErrTooLong
	}
	return plaintext, nil
}

// Whole returns the plaintext of a message that has one chunk of at most so many
// bytes.
func (o *Opener) Whole(most int) ([]byte, error) {
	plaintext, err := o.Next()
	if err != nil {
		return nil, err
	}
	if len(plaintext) > most || !o.ended {
		return nil, ErrTooLong
	}
	return append([]byte(nil), plaintext...), nil
}

func (o *Opener) readFull(to []byte) error {
	_, err := io.ReadFull(o.from, to)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
