package agree

import (
	"crypto/mlkem"
	"slices"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/code"
	"github.com/duet-relay/duet/clients/go/internal/vectors"
)

// refusals are those of a kind in the suites that this peer has.
func refusals(t *testing.T, kind string) []vectors.Refusal {
	t.Helper()
	found := slices.DeleteFunc(vectors.Refusals(t, kind), func(each vectors.Refusal) bool {
		return !slices.Contains(Suites, Suite(each.Curve))
	})
	if len(found) == 0 {
		t.Fatalf("nothing of the kind %s", kind)
	}
	return found
}

func termsFor(t *testing.T, each vectors.Refusal) Terms {
	t.Helper()
	phrase, err := code.Parse(each.Code)
	if err != nil {
		t.Fatal(err)
	}
	return Terms{Suite: Suite(each.Curve), Channel: phrase.Channel, Secret: phrase.Secret, Capabilities: Capabilities}
}

// refusedAs checks an outcome, and says whether the case was to be taken.
func refusedAs(t *testing.T, each vectors.Refusal, err error) (taken bool) {
	t.Helper()
	if !each.Refused {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return true
	}
	if !duet.HasCode(err, duet.Code(each.Problem)) {
		t.Fatalf("got %v, not %s", err, each.Problem)
	}
	return false
}

func TestSharesOfASenderThatAreRefused(t *testing.T) {
	for _, each := range refusals(t, "x") {
		t.Run(each.Curve+"/"+each.Name, func(t *testing.T) {
			draws := recipientDraws{scalarOf(t, each.YbSeed), (*mlkem.EncapsulationKey768).Encapsulate}
			run, err := startRecipient(termsFor(t, each), each.X, draws)
			if refusedAs(t, each, err) && (run.Y == "" || run.HHK == "") {
				t.Fatal("no answer")
			}
		})
	}
}

func TestAnswersOfARecipientThatAreRefused(t *testing.T) {
	for _, each := range refusals(t, "y") {
		t.Run(each.Curve+"/"+each.Name, func(t *testing.T) {
			draws := senderDraws{sid: each.Sid, nS: each.NS, scalar: scalarOf(t, each.YaSeed)}
			if Suite(each.Curve).isHybrid() {
				var err error
				if draws.dk, err = mlkem.NewDecapsulationKey768(each.MLKEMSeed); err != nil {
					t.Fatal(err)
				}
			}
			run, err := startSender(termsFor(t, each), draws)
			if err != nil {
				t.Fatal(err)
			}
			sameText(t, "x", run.X, each.X)
			session, err := run.Finish(each.Y, each.HHK)
			if refusedAs(t, each, err) && each.HK != "" {
				sameText(t, "h_k", session.HK, each.HK)
			}
			if _, err := run.Finish(each.Y, each.HHK); !duet.HasCode(err, duet.WrongCode) {
				t.Fatalf("a run answers twice: %v", err)
			}
		})
	}
}

func TestTagsOfASenderThatAreRefused(t *testing.T) {
	for _, each := range refusals(t, "h_k") {
		if Suite(each.Curve).isHybrid() {
			continue // the standard library draws m: see the next test
		}
		t.Run(each.Curve+"/"+each.Name, func(t *testing.T) {
			draws := recipientDraws{scalar: scalarOf(t, each.YbSeed)}
			run, err := startRecipient(termsFor(t, each), each.X, draws)
			if err != nil {
				t.Fatal(err)
			}
			sameText(t, "y", run.Y, each.Y)
			sameText(t, "hh_k", run.HHK, each.HHK)
			_, err = run.Confirm(each.HK)
			refusedAs(t, each, err)
			if _, err := run.Confirm(each.HK); !duet.HasCode(err, duet.WrongCode) {
				t.Fatalf("a run checks twice: %v", err)
			}
		})
	}
}

func TestCapabilitiesThatAreRefused(t *testing.T) {
	for _, each := range vectors.Refusals(t, "capabilities") {
		t.Run(each.Name, func(t *testing.T) {
			chunk, err := agreeOn([]byte(Capabilities), each.Bytes)
			if refusedAs(t, each, err) && chunk != each.Chunk {
				t.Fatalf("chunk is %d, not %d", chunk, each.Chunk)
			}
		})
	}
}

func TestTheNonceOfTheDigitsIsTheOneThatWasPromised(t *testing.T) {
	for _, each := range vectors.Refusals(t, "hello") {
		if each.Commitment == nil {
			continue
		}
		session := &Session{Role: duet.Recipient, k: make([]byte, keyBytes), commitment: each.Commitment}
		_, err := session.Digits(each.NS)
		refusedAs(t, each, err)
	}
}
