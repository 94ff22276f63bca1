package agree

import (
	"crypto/subtle"
	"fmt"
	"io"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/wire"
)

// Session is what a round leaves both sides with.
type Session struct {
	Role duet.Role
	// HK opens the stapler, as it is on the wire.
	HK string
	// Chunk is the size of chunks that was agreed on.
	Chunk int
	// NS is the sender's; nil at a recipient.
	NS []byte
	// KeyS2R and KeyR2S encrypt the two directions.
	KeyS2R, KeyR2S []byte

	k          []byte
	commitment []byte
}

// newSession takes k over.
func newSession(role duet.Role, keys *schedule, hK []byte) (*Session, error) {
	s2r, err := derive(keys.k, "s2r")
	if err != nil {
		return nil, err
	}
	r2s, err := derive(keys.k, "r2s")
	if err != nil {
		return nil, err
	}
	session := &Session{Role: role, HK: wire.Base64(hK), KeyS2R: s2r, KeyR2S: r2s, k: append([]byte(nil), keys.k...)}
	return session, nil
}

// Digits returns SAS, from the nS that the sender's hello brought. At a recipient
// it must be the one to which x was bound: rule 8.
func (s *Session) Digits(nS []byte) (string, error) {
	if s.Role == duet.Recipient && subtle.ConstantTimeCompare(commit(nS), s.commitment) != 1 {
		return "", duet.NewProblem(duet.Interfered, "", nil)
	}
	return digits(s.k, nS)
}

// Format hides everything from every verb, %+v included.
func (s *Session) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "[secret]") }
