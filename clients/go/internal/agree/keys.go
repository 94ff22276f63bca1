package agree

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"github.com/duet-relay/duet/clients/go/internal/wire"
)

const keyBytes = 32

// schedule is the key schedule of section 3.1, with all that lies between.
type schedule struct {
	isk, th, prk, k []byte
}

// deriveSchedule makes k of K and ss.
func deriveSchedule(suite Suite, channel string, x *shareX, y *shareY, K, ss []byte) (*schedule, error) {
	transcript := append(wire.LV([]byte(dsi+"_ISK"), x.sid, K), wire.LV(x.Ya, x.ADa)...)
	isk := sha512.Sum512(append(transcript, wire.LV(y.Yb, y.ADb)...))
	clear(transcript)
	th := sha512.Sum512(wire.LV([]byte(wire.P), []byte(suite), []byte(channel), x.raw, y.raw))
	prk, err := hkdf.Extract(sha512.New, wire.LV(ss, isk[:]), []byte(wire.P+" extract"))
	if err != nil {
		return nil, err
	}
	k, err := hkdf.Expand(sha512.New, prk, string(wire.LV([]byte(wire.P), []byte("k"), th[:])), keyBytes)
	if err != nil {
		return nil, err
	}
	return &schedule{isk[:], th[:], prk, k}, nil
}

// wipe overwrites what must not outlive the round, as far as Go lets one.
func (s *schedule) wipe() {
	for _, secret := range [][]byte{s.isk, s.prk, s.k} {
		clear(secret)
	}
}

// derive is D(label).
func derive(k []byte, label string) ([]byte, error) {
	return hkdf.Expand(sha256.New, k, string(wire.LVStrings(wire.P, label, "")), keyBytes)
}

// hashHK is hh_k.
func hashHK(hK []byte) []byte {
	sum := sha256.Sum256(wire.LV([]byte(wire.P), []byte("hh_k"), hK))
	return sum[:]
}

// digits is SAS as people compare it.
func digits(k, nS []byte) (string, error) {
	bits, err := hkdf.Expand(sha256.New, k, string(wire.LV([]byte(wire.P), []byte("sas"), nS)), 3)
	if err != nil {
		return "", err
	}
	number := fmt.Sprintf("%08d", binary.BigEndian.Uint32(append([]byte{0}, bits...)))
	return number[:4] + " " + number[4:], nil
}
