package agree

import (
	"crypto/mlkem"
	"crypto/subtle"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/wire"
	"github.com/gtank/ristretto255"
)

// RecipientRun is one round of a recipient: it checks one h_k.
type RecipientRun struct {
	// Y and HHK are to be posted. Posting HHK spends a guess.
	Y, HHK string

	keys       *schedule
	hK         []byte
	ours       []byte
	theirs     []byte
	commitment []byte
}

// recipientDraws is what a recipient draws for one round.
type recipientDraws struct {
	scalar *ristretto255.Scalar
	// encapsulate is a method of the key, but for tests that know its m.
	encapsulate func(*mlkem.EncapsulationKey768) (ss, ct []byte)
}

// StartRecipient answers x: step 6. The problem is WrongCode when x is not what a
// sender may post.
func StartRecipient(terms Terms, x string) (*RecipientRun, error) {
	scalar, err := drawScalar(terms.Random)
	if err != nil {
		return nil, duet.NewProblem(duet.Failed, "", err)
	}
	return startRecipient(terms, x, recipientDraws{scalar, (*mlkem.EncapsulationKey768).Encapsulate})
}

func startRecipient(terms Terms, text string, draws recipientDraws) (*RecipientRun, error) {
	x, err := parseX(terms.Suite, text)
	if err != nil {
		return nil, err
	}
	K, err := times(draws.scalar, x.Ya)
	if err != nil {
		return nil, wrongCode()
	}
	defer clear(K)
	var ss, ct []byte
	if terms.Suite.isHybrid() {
		// Checks the modulus, as FIPS 203 section 7.2 has it.
		ek, err := mlkem.NewEncapsulationKey768(x.ek)
		if err != nil {
			return nil, wrongCode()
		}
		ss, ct = draws.encapsulate(ek)
		defer clear(ss)
	}
	g := generator(generatorString(terms.Suite, terms.Channel, terms.Secret, x.sid))
	answer := wire.Base64(wire.LV(share(draws.scalar, g), wire.LV(ct, []byte(terms.Capabilities))))
	y, err := parseY(terms.Suite, answer)
	if err != nil {
		return nil, duet.NewProblem(duet.Failed, "", err)
	}
	keys, err := deriveSchedule(terms.Suite, terms.Channel, x, y, K, ss)
	if err != nil {
		return nil, err
	}
	hK, err := derive(keys.k, "h_k")
	if err != nil {
		return nil, err
	}
	return &RecipientRun{
		Y: answer, HHK: wire.Base64(hashHK(hK)),
		keys: keys, hK: hK, ours: y.capabilities, theirs: x.capabilities, commitment: x.commitment,
	}, nil
}

// Confirm checks what the sender revealed: step 10. Whatever comes of it, the run
// is used up.
func (r *RecipientRun) Confirm(hK string) (*Session, error) {
	keys := r.keys
	r.keys = nil
	if keys == nil {
		return nil, wrongCode()
	}
	defer keys.wipe()
	told, err := wire.ParseBase64(hK)
	if err != nil || subtle.ConstantTimeCompare(told, r.hK) != 1 {
		return nil, wrongCode()
	}
	chunk, err := agreeOn(r.ours, r.theirs)
	if err != nil {
		return nil, err
	}
	session, err := newSession(duet.Recipient, keys, r.hK)
	if err != nil {
		return nil, err
	}
	session.Chunk, session.commitment = chunk, r.commitment
	return session, nil
}
