package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/duet-relay/duet/clients/go/internal/vectors"
)

func seal(t testing.TB, direction Direction, at Position, kind Type, salt, plaintext []byte) []byte {
	t.Helper()
	var wire bytes.Buffer
	sealer, err := NewSealer(&wire, direction, at, kind, bytes.NewReader(salt), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealer.Write(plaintext); err != nil {
		t.Fatal(err)
	}
	if err := sealer.Close(); err != nil {
		t.Fatal(err)
	}
	return wire.Bytes()
}

// open reads a whole message, whatever its length.
func open(wire []byte, direction Direction, at Position, kind Type) ([]byte, error) {
	opener, err := Open(bytes.NewReader(wire), direction, at, func() []Type { return []Type{Error, kind} })
	if err != nil {
		return nil, err
	}
	var plaintext []byte
	for {
		chunk, err := opener.Next()
		if err == io.EOF {
			return plaintext, nil
		}
		if err != nil {
			return nil, err
		}
		plaintext = append(plaintext, chunk...)
	}
}

func TestTheRecordsOfTheWorkedExchanges(t *testing.T) {
	for _, exchange := range vectors.Exchanges(t).Exchanges {
		keys := map[string][]byte{"s2r": exchange.Values.KeyS2R, "r2s": exchange.Values.KeyR2S}
		for _, want := range exchange.Records {
			t.Run(exchange.Curve+"/"+want.Direction+"/"+want.Type, func(t *testing.T) {
				direction := Direction{want.Direction, keys[want.Direction], exchange.Values.Chunk}
				at, kind := Position{want.Conn, want.Index}, Type(want.Type)
				if got := context(want.Direction, at, kind); !bytes.Equal(got, want.Context) {
					t.Errorf("context is %x", got)
				}
				derived, err := deriveKeys(direction, at, kind, want.Salt)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(derived.nonce, want.BaseNonce) || !bytes.Equal(derived.commitment, want.Commitment) {
					t.Error("base_nonce or commitment differ")
				}
				if got := seal(t, direction, at, kind, want.Salt, want.Plaintext); !bytes.Equal(got, want.Wire) {
					t.Errorf("wire is %x", got)
				}
				got, err := open(want.Wire, direction, at, kind)
				if err != nil || !bytes.Equal(got, want.Plaintext) {
					t.Errorf("plaintext is %x, %v", got, err)
				}
			})
		}
	}
}

func TestMessagesAtTheBorderOfAChunk(t *testing.T) {
	for _, want := range vectors.Exchanges(t).Borders {
		plaintext := make([]byte, want.PlaintextLength)
		for i := range plaintext {
			plaintext[i] = byte(i % 251)
		}
		direction := Direction{want.Direction, want.DirectionKey, want.Chunk}
		at := Position{want.Conn, want.Index}
		wire := seal(t, direction, at, Type(want.Type), want.Salt, plaintext)
		sum := sha256.Sum256(wire)
		if len(wire) != want.WireLength || hex.EncodeToString(sum[:]) != want.WireSHA256 {
			t.Errorf("%d bytes: the wire differs", want.PlaintextLength)
		}
		got, err := open(wire, direction, at, Type(want.Type))
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes: read as %d, %v", want.PlaintextLength, len(got), err)
		}
	}
}
