package record

import (
	"errors"
	"io"
)

// Sealer writes one message. It holds one chunk, and sends it when it is full.
type Sealer struct {
	to     io.Writer
	keys   *messageKeys
	frame  []byte // room for length, chunk and tag
	filled int    // bytes of plaintext in frame
	chunk  int
	index  uint64
	total  int64
	nonce  [nonceBytes]byte
	err    error
}

// NewSealer begins a message. The buffer is reused if it is large enough.
func NewSealer(to io.Writer, direction Direction, at Position, kind Type, random io.Reader, buffer []byte) (*Sealer, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, err
	}
	keys, err := deriveKeys(direction, at, kind, salt)
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(append(salt, keys.commitment...)); err != nil {
		return nil, err
	}
	size := lengthBytes + direction.Chunk + tagBytes
	if cap(buffer) < size {
		buffer = make([]byte, size)
	}
	return &Sealer{to: to, keys: keys, frame: buffer[:size], chunk: direction.Chunk}, nil
}

// Write adds plaintext. Whole chunks leave at once.
func (s *Sealer) Write(plaintext []byte) (int, error) {
	written := 0
	for len(plaintext) > 0 && s.err == nil {
		n := copy(s.frame[lengthBytes+s.filled:lengthBytes+s.chunk], plaintext)
		plaintext = plaintext[n:]
		written += n
		s.filled += n
		s.total += int64(n)
		switch {
		case s.total > plaintextMax:
			s.err = ErrTooLong
		case s.filled == s.chunk:
			s.flush()
		}
	}
	return written, s.err
}

// Close sends the last chunk, which is shorter than the others and may be empty.
func (s *Sealer) Close() error {
	if s.err != nil {
		return s.err
	}
	s.flush()
	if s.err != nil {
		return s.err
	}
	s.err = errors.New("the message has ended")
	return nil
}

// Buffer is the room that the next message may use.
func (s *Sealer) Buffer() []byte { return s.frame }

// Total is how many bytes of plaintext were written.
func (s *Sealer) Total() int64 { return s.total }

func (s *Sealer) flush() {
	n := s.filled + tagBytes
	s.frame[0], s.frame[1], s.frame[2] = byte(n>>16), byte(n>>8), byte(n)
	plaintext := s.frame[lengthBytes : lengthBytes+s.filled]
	s.keys.aead.Seal(plaintext[:0], s.keys.nonceFor(s.index, s.nonce[:]), plaintext, nil)
	s.index++
	s.filled = 0
	_, s.err = s.to.Write(s.frame[:lengthBytes+n])
}
