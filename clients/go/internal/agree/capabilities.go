package agree

import (
	"math/bits"
	"slices"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/wire"
)

const (
	version      = 1
	chunkMin     = 1 << 14
	chunkMax     = 1 << 23
	chunkDefault = 1 << 20
	// Capabilities are what this peer says of itself.
	Capabilities = `{"v":[1],"chunk":1048576}`
)

// capabilities are what one side says of itself, read.
type capabilities struct {
	versions []int64
	chunk    int
}

// agreeOn finds the size of chunks, from what both sides said. It is called only
// when the tags matched.
func agreeOn(ours, theirs []byte) (chunk int, err error) {
	mine, err := parseCapabilities(ours)
	if err != nil {
		return 0, err
	}
	other, err := parseCapabilities(theirs)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(other.versions, func(v int64) bool { return slices.Contains(mine.versions, v) }) {
		who := "this side"
		if slices.Max(other.versions) < slices.Max(mine.versions) {
			who = "the other side"
		}
		return 0, duet.NewProblem(duet.Unsupported, "no version in common: "+who+" must update", nil)
	}
	return min(mine.chunk, other.chunk), nil
}

func parseCapabilities(raw []byte) (*capabilities, error) {
	object, err := wire.ParseObject(raw)
	if err != nil || len(raw) > capabilitiesMax {
		return nil, badCapabilities()
	}
	versions, ok := object.Counts("v")
	if !ok || len(versions) == 0 {
		return nil, badCapabilities()
	}
	if !object.Has("chunk") {
		return &capabilities{versions, chunkDefault}, nil
	}
	chunk, ok := object.Count("chunk")
	if !ok || chunk < chunkMin || chunk > chunkMax || bits.OnesCount64(uint64(chunk)) != 1 {
		return nil, badCapabilities()
	}
	return &capabilities{versions, int(chunk)}, nil
}

func badCapabilities() error {
	return duet.NewProblem(duet.Unsupported, "the other side's capabilities are not valid", nil)
}
