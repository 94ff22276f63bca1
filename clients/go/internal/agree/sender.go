package agree

import (
	"bytes"
	"crypto/mlkem"
	"crypto/subtle"
	"io"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/wire"
	"github.com/gtank/ristretto255"
)

// Terms are what both sides know before a round.
type Terms struct {
	Suite   Suite
	Channel string
	// Secret is the canonical words.
	Secret string
	// Capabilities is what this side says of itself.
	Capabilities string
	// Random is asked for everything that is drawn, ML-KEM's encapsulation
	// excepted, which the standard library draws for itself.
	Random io.Reader
}

// SenderRun is one round of a sender: it answers once.
type SenderRun struct {
	// X is the share to post.
	X string

	terms Terms
	draws senderDraws
	x     *shareX
}

// senderDraws is what a sender draws for one round.
type senderDraws struct {
	sid, nS []byte
	scalar  *ristretto255.Scalar
	dk      *mlkem.DecapsulationKey768 // nil in the plain suite
}

// StartSender draws everything, and makes x: step 2.
func StartSender(terms Terms) (*SenderRun, error) {
	draws, err := drawSender(terms)
	if err != nil {
		return nil, duet.NewProblem(duet.Failed, "", err)
	}
	return startSender(terms, draws)
}

func drawSender(terms Terms) (draws senderDraws, err error) {
	draws.sid, draws.nS = make([]byte, sidBytes), make([]byte, nSBytes)
	if _, err = io.ReadFull(terms.Random, draws.sid); err != nil {
		return draws, err
	}
	if draws.scalar, err = drawScalar(terms.Random); err != nil {
		return draws, err
	}
	if _, err = io.ReadFull(terms.Random, draws.nS); err != nil || !terms.Suite.isHybrid() {
		return draws, err
	}
	seed := make([]byte, mlkemSeedBytes)
	defer clear(seed)
	if _, err = io.ReadFull(terms.Random, seed); err != nil {
		return draws, err
	}
	draws.dk, err = mlkem.NewDecapsulationKey768(seed)
	return draws, err
}

func startSender(terms Terms, draws senderDraws) (*SenderRun, error) {
	var ek []byte
	if draws.dk != nil {
		ek = draws.dk.EncapsulationKey().Bytes()
	}
	g := generator(generatorString(terms.Suite, terms.Channel, terms.Secret, draws.sid))
	ad := wire.LV(ek, commit(draws.nS), []byte(terms.Capabilities))
	text := wire.Base64(wire.LV(draws.sid, share(draws.scalar, g), ad))
	x, err := parseX(terms.Suite, text)
	if err != nil {
		return nil, duet.NewProblem(duet.Failed, "", err)
	}
	return &SenderRun{X: text, terms: terms, draws: draws, x: x}, nil
}

// Finish checks what the recipient answered: step 8. Whatever comes of it, the
// run is used up. The problem is WrongCode, or Unsupported when the key was
// right but there is no version in common.
func (r *SenderRun) Finish(y, hhK string) (*Session, error) {
	draws := r.draws
	r.draws = senderDraws{}
	if draws.scalar == nil {
		return nil, wrongCode()
	}
	keys, theirs, err := r.keys(draws, y)
	if err != nil {
		return nil, err
	}
	defer keys.wipe()
	hK, err := derive(keys.k, "h_k")
	if err != nil {
		return nil, err
	}
	told, err := wire.ParseBase64(hhK)
	if err != nil || subtle.ConstantTimeCompare(told, hashHK(hK)) != 1 {
		return nil, wrongCode()
	}
	chunk, err := agreeOn(r.x.capabilities, theirs.capabilities)
	if err != nil {
		return nil, err
	}
	session, err := newSession(duet.Sender, keys, hK)
	if err != nil {
		return nil, err
	}
	session.Chunk, session.NS = chunk, draws.nS
	return session, nil
}

func (r *SenderRun) keys(draws senderDraws, text string) (*schedule, *shareY, error) {
	y, err := parseY(r.terms.Suite, text)
	if err != nil {
		return nil, nil, err
	}
	if bytes.Equal(y.Yb, r.x.Ya) { // rule 3
		return nil, nil, wrongCode()
	}
	K, err := times(draws.scalar, y.Yb)
	if err != nil {
		return nil, nil, wrongCode()
	}
	defer clear(K)
	var ss []byte
	if draws.dk != nil {
		if ss, err = draws.dk.Decapsulate(y.ct); err != nil {
			return nil, nil, wrongCode()
		}
		defer clear(ss)
	}
	keys, err := deriveSchedule(r.terms.Suite, r.terms.Channel, r.x, y, K, ss)
	return keys, y, err
}
