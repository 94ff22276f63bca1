package record

import (
	"bytes"
	"io"
	"testing"

	"github.com/duet-relay/duet/clients/go/internal/vectors"
)

func TestRecordsOfTheSharedRefusals(t *testing.T) {
	for _, each := range vectors.Refusals(t, "record") {
		t.Run(each.Name, func(t *testing.T) {
			kind, plaintext, err := read(each)
			if each.Refused {
				if err == nil {
					t.Fatalf("taken as %s of %d bytes", kind, len(plaintext))
				}
				return
			}
			if err != nil || kind != Type(each.Type) || len(plaintext) != each.Length {
				t.Fatalf("got %s of %d bytes, %v", kind, len(plaintext), err)
			}
			for i, b := range plaintext {
				if b != byte(i%251) {
					t.Fatalf("byte %d is %d", i, b)
				}
			}
		})
	}
}

// read reads one message, then the next, for what is behind it.
func read(each vectors.Refusal) (Type, []byte, error) {
	may := make([]Type, len(each.May))
	for i, name := range each.May {
		may[i] = Type(name)
	}
	wire := bytes.NewReader(each.Wire)
	direction := Direction{each.Direction, each.Key, each.Chunk}
	opener, err := Open(wire, direction, Position{each.Conn, each.Index}, func() []Type { return may })
	if err != nil {
		return "", nil, err
	}
	var plaintext []byte
	for {
		chunk, err := opener.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return opener.Type(), plaintext, err
		}
		plaintext = append(plaintext, chunk...)
	}
	if wire.Len() > 0 {
		_, err := Open(wire, direction, Position{each.Conn, each.Index + 1}, func() []Type { return may })
		return opener.Type(), plaintext, err
	}
	return opener.Type(), plaintext, nil
}

// Any changed byte is noticed.
func FuzzATamperedRecord(f *testing.F) {
	direction := Direction{"s2r", bytes.Repeat([]byte{7}, 32), 1 << 14}
	at := Position{bytes.Repeat([]byte{1}, 32), 3}
	wire := seal(f, direction, at, Body, make([]byte, saltBytes), make([]byte, 20_000))
	f.Add(uint(0), byte(1))
	f.Add(uint(100), byte(128))
	f.Add(uint(len(wire)-1), byte(255))
	f.Fuzz(func(t *testing.T, place uint, change byte) {
		if change == 0 {
			return
		}
		tampered := bytes.Clone(wire)
		tampered[place%uint(len(wire))] ^= change
		if _, err := open(tampered, direction, at, Body); err == nil {
			t.Fatalf("a change at %d is not noticed", place)
		}
	})
}
