package agree

import (
	"crypto/sha512"
	"errors"
	"io"

	"github.com/duet-relay/duet/clients/go/internal/wire"
	"github.com/gtank/ristretto255"
)

const (
	// dsi is the domain separation identifier of CPace for the group.
	dsi = "CPaceRistretto255"
	// hashBlock is the block of SHA-512 in bytes: what is secret fills one.
	hashBlock = 128
	// pointBytes is an encoded element.
	pointBytes = 32
	// scalarBytes is drawn for a scalar. It is much longer than the order, so
	// that the remainder is uniform.
	scalarBytes = 64
)

var (
	errPoint    = errors.New("not the encoding of an element, or the identity")
	errIdentity = errors.New("the product is the identity")
)

// channelIdentifier is CI.
func channelIdentifier(suite Suite, channel string) []byte {
	return wire.LVStrings(wire.P, string(suite), channel, "sender", "recipient")
}

// generatorString is gs.
func generatorString(suite Suite, channel, secret string, sid []byte) []byte {
	used := len(wire.LVStrings(secret)) + len(wire.LVStrings(dsi))
	zeros := make([]byte, max(0, hashBlock-1-used))
	return wire.LV([]byte(dsi), []byte(secret), zeros, channelIdentifier(suite, channel), sid)
}

// generator is g.
func generator(gs []byte) *ristretto255.Element {
	uniform := sha512.Sum512(gs)
	return ristretto255.NewElement().FromUniformBytes(uniform[:])
}

// drawScalar draws one that is not zero.
func drawScalar(random io.Reader) (*ristretto255.Scalar, error) {
	seed := make([]byte, scalarBytes)
	defer clear(seed)
	for {
		if _, err := io.ReadFull(random, seed); err != nil {
			return nil, err
		}
		scalar := ristretto255.NewScalar().FromUniformBytes(seed)
		if scalar.Equal(ristretto255.NewScalar().Zero()) == 0 {
			return scalar, nil
		}
	}
}

// times multiplies an element that came from the other side.
func times(scalar *ristretto255.Scalar, share []byte) ([]byte, error) {
	point := ristretto255.NewElement()
	identity := ristretto255.NewElement().Zero()
	if len(share) != pointBytes || point.Decode(share) != nil || point.Equal(identity) == 1 {
		return nil, errPoint
	}
	point.ScalarMult(scalar, point)
	if point.Equal(identity) == 1 {
		return nil, errIdentity
	}
	return point.Encode(nil), nil
}

// share is Ya or Yb.
func share(scalar *ristretto255.Scalar, g *ristretto255.Element) []byte {
	return ristretto255.NewElement().ScalarMult(scalar, g).Encode(nil)
}
