package agree

import (
	"crypto/mlkem"
	"crypto/sha256"

	"github.com/duet-relay/duet/clients/go/internal/wire"
)

const (
	sidBytes        = 16
	nSBytes         = 32
	mlkemSeedBytes  = mlkem.SeedSize
	shareMax        = 4096 // characters of x and y
	capabilitiesMax = 1024
)

// shareX is the sender's share, taken apart.
type shareX struct {
	raw, sid, Ya, ADa, ek, commitment, capabilities []byte
}

// shareY is the recipient's.
type shareY struct {
	raw, Yb, ADb, ct, capabilities []byte
}

// parseX holds x to rule 1 of section 3.
func parseX(suite Suite, text string) (*shareX, error) {
	raw, outer, err := parseShare(text, 3)
	if err != nil {
		return nil, err
	}
	inner, err := wire.SplitLV(outer[2], 3)
	if err != nil {
		return nil, wrongCode()
	}
	x := &shareX{raw, outer[0], outer[1], outer[2], inner[0], inner[1], inner[2]}
	if len(x.sid) != sidBytes || len(x.Ya) != pointBytes || len(x.commitment) != sha256.Size ||
		len(x.capabilities) > capabilitiesMax || len(x.ek) != sizeIf(suite.isHybrid(), mlkem.EncapsulationKeySize768) {
		return nil, wrongCode()
	}
	return x, nil
}

// parseY holds y to rule 1 of section 3.
func parseY(suite Suite, text string) (*shareY, error) {
	raw, outer, err := parseShare(text, 2)
	if err != nil {
		return nil, err
	}
	inner, err := wire.SplitLV(outer[1], 2)
	if err != nil {
		return nil, wrongCode()
	}
	y := &shareY{raw, outer[0], outer[1], inner[0], inner[1]}
	if len(y.Yb) != pointBytes || len(y.capabilities) > capabilitiesMax ||
		len(y.ct) != sizeIf(suite.isHybrid(), mlkem.CiphertextSize768) {
		return nil, wrongCode()
	}
	return y, nil
}

func parseShare(text string, parts int) (raw []byte, outer [][]byte, err error) {
	if len(text) > shareMax {
		return nil, nil, wrongCode()
	}
	if raw, err = wire.ParseBase64(text); err != nil {
		return nil, nil, wrongCode()
	}
	if outer, err = wire.SplitLV(raw, parts); err != nil {
		return nil, nil, wrongCode()
	}
	return raw, outer, nil
}

func sizeIf(condition bool, size int) int {
	if condition {
		return size
	}
	return 0
}

// commit binds the sender to nS before the recipient says anything.
func commit(nS []byte) []byte {
	sum := sha256.Sum256(wire.LV([]byte(wire.P), []byte("sas-commit"), nS))
	return sum[:]
}
