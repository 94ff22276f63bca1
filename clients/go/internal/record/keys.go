// Package record encrypts messages, docs/PROTOCOL.md section 6.1: the
// construction of c2sp.org/chunked-encryption with our label, a chunk size that
// was agreed on, and a length before each chunk.
package record

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/duet-relay/duet/clients/go/internal/wire"
)

// Type is what a message says; it is not sent, but bound to its key.
type Type string

// The types that there are.
const (
	Hello    Type = "hello"
	Manifest Type = "manifest"
	Accept   Type = "accept"
	Body     Type = "body"
	End      Type = "end"
	Ack      Type = "ack"
	Error    Type = "error"
)

const (
	saltBytes       = 24
	keyBytes        = 32
	nonceBytes      = 12
	commitmentBytes = 32
	headerBytes     = saltBytes + commitmentBytes
	lengthBytes     = 3
	tagBytes        = 16
	// plaintextMax is the most that one message holds, in bytes.
	plaintextMax = 1 << 36
)

// Errors of this package. Forged is what someone on the way can cause.
var (
	ErrForged  = errors.New("a record was changed on its way")
	ErrTooLong = errors.New("a message is too long")
)

// Direction is who speaks, the key for that, and the size of chunks.
type Direction struct {
	// Name is "s2r" or "r2s".
	Name string
	// Key is that direction's.
	Key []byte
	// Chunk is how many bytes of plaintext all chunks but the last have.
	Chunk int
}

// Position is where in a connection a message stands.
type Position struct {
	// Conn is empty for message 0, then ConnectionID.
	Conn []byte
	// Index counts the messages of a direction, from 0.
	Index uint64
}

// ConnectionID binds all messages but the first to one connection.
func ConnectionID(nonceS, nonceR []byte) []byte {
	sum := sha256.Sum256(wire.LV(nonceS, nonceR))
	return sum[:]
}

// context is what a message is bound to.
func context(direction string, at Position, kind Type) []byte {
	index := binary.BigEndian.AppendUint64(nil, at.Index)
	return wire.LV([]byte(wire.P), []byte(direction), at.Conn, index, []byte(kind))
}

// messageKeys are those of one message.
type messageKeys struct {
	aead       cipher.AEAD
	nonce      []byte // base_nonce
	commitment []byte
}

func deriveKeys(direction Direction, at Position, kind Type, salt []byte) (*messageKeys, error) {
	label := wire.P + "/chunk" + strconv.Itoa(direction.Chunk) + "+AEAD_AES_256_GCM"
	info := label + "\x00" + string(salt) + string(context(direction.Name, at, kind))
	derived, err := hkdf.Expand(sha512.New, direction.Key, info, keyBytes+nonceBytes+commitmentBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived[:keyBytes])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	clear(derived[:keyBytes])
	rest := derived[keyBytes:]
	return &messageKeys{aead, rest[:nonceBytes], rest[nonceBytes:]}, nil
}

// nonceFor is base_nonce XOR be96(i), written to a place of its own.
func (k *messageKeys) nonceFor(i uint64, to []byte) []byte {
	to = append(to[:0], k.nonce...)
	low := to[nonceBytes-8:]
	binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^i)
	return to
}
