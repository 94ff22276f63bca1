package agree

import (
	"bytes"
	"crypto/mlkem"
	"encoding/hex"
	"math/big"
	"slices"
	"testing"

	"github.com/duet-relay/duet/clients/go/internal/vectors"
	"github.com/duet-relay/duet/clients/go/internal/wire"
	"github.com/gtank/ristretto255"
)

// scalarOf is how the vectors come from a seed to a scalar. A peer draws its own
// in any way that is uniform.
func scalarOf(t *testing.T, seed []byte) *ristretto255.Scalar {
	t.Helper()
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := bytes.Clone(seed)
	slices.Reverse(little)
	number := new(big.Int).SetBytes(little)
	number.Mod(number, new(big.Int).Sub(order, big.NewInt(1)))
	number.Add(number, big.NewInt(1))
	encoded := number.FillBytes(make([]byte, 32))
	slices.Reverse(encoded)
	scalar := ristretto255.NewScalar()
	if err := scalar.Decode(encoded); err != nil {
		t.Fatal(err)
	}
	return scalar
}

// numberOf writes a scalar as the vectors do.
func numberOf(scalar *ristretto255.Scalar) string {
	encoded := scalar.Encode(nil)
	slices.Reverse(encoded)
	return new(big.Int).SetBytes(encoded).Text(16)
}

func same(t *testing.T, name string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s is\n%x, not\n%x", name, got, want)
	}
}

func sameText(t *testing.T, name, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %s, not %s", name, got, want)
	}
}

func termsOf(exchange vectors.Exchange, capabilities string) Terms {
	return Terms{
		Suite: Suite(exchange.Curve), Channel: exchange.Inputs.Channel,
		Secret: string(exchange.Inputs.PRS), Capabilities: capabilities,
	}
}

// senderOf is the sender of an exchange, as it was.
func senderOf(t *testing.T, exchange vectors.Exchange) *SenderRun {
	t.Helper()
	in := exchange.Inputs
	draws := senderDraws{sid: in.Sid, nS: in.NS, scalar: scalarOf(t, in.YaSeed)}
	if Suite(exchange.Curve).isHybrid() {
		var err error
		if draws.dk, err = mlkem.NewDecapsulationKey768(in.MLKEMSeed); err != nil {
			t.Fatal(err)
		}
	}
	run, err := startSender(termsOf(exchange, in.CapsA), draws)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// recipientOf is the recipient of an exchange, as it was; its encapsulation is
// taken from the vectors.
func recipientOf(t *testing.T, exchange vectors.Exchange) *RecipientRun {
	t.Helper()
	encapsulate := func(*mlkem.EncapsulationKey768) (ss, ct []byte) {
		return bytes.Clone(exchange.Values.SS), exchange.Values.CT
	}
	draws := recipientDraws{scalarOf(t, exchange.Inputs.YbSeed), encapsulate}
	run, err := startRecipient(termsOf(exchange, exchange.Inputs.CapsB), exchange.Values.X, draws)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// known are the exchanges of the suites that this peer has.
func known(t *testing.T) []vectors.Exchange {
	t.Helper()
	all := vectors.Exchanges(t).Exchanges
	known := slices.DeleteFunc(slices.Clone(all), func(e vectors.Exchange) bool {
		return !slices.Contains(Suites, Suite(e.Curve))
	})
	if len(known) != len(Suites) {
		t.Fatalf("%d exchanges for %d suites", len(known), len(Suites))
	}
	return known
}

func TestEveryValueOfTheWorkedExchanges(t *testing.T) {
	for _, exchange := range known(t) {
		t.Run(exchange.Curve, func(t *testing.T) {
			suite, in, want := Suite(exchange.Curve), exchange.Inputs, exchange.Values
			ya, yb := scalarOf(t, in.YaSeed), scalarOf(t, in.YbSeed)
			sameText(t, "ya", numberOf(ya), want.YaNumber)
			sameText(t, "yb", numberOf(yb), want.YbNumber)
			same(t, "CI", channelIdentifier(suite, in.Channel), want.CI)
			gs := generatorString(suite, in.Channel, string(in.PRS), in.Sid)
			same(t, "gs", gs, want.GS)
			g := generator(gs)
			same(t, "g", g.Encode(nil), want.G)
			same(t, "Ya", share(ya, g), want.Ya)
			same(t, "Yb", share(yb, g), want.Yb)
			same(t, "commitment", commit(in.NS), want.Commitment)
			for _, side := range []struct {
				scalar *ristretto255.Scalar
				other  []byte
			}{{ya, want.Yb}, {yb, want.Ya}} {
				K, err := times(side.scalar, side.other)
				if err != nil {
					t.Fatal(err)
				}
				same(t, "K", K, want.K)
			}
			x, err := parseX(suite, want.X)
			if err != nil {
				t.Fatal(err)
			}
			y, err := parseY(suite, want.Y)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "ek", x.ek, want.EK)
			same(t, "ADa", x.ADa, want.ADa)
			same(t, "ct", y.ct, want.CT)
			same(t, "ADb", y.ADb, want.ADb)
			keys, err := deriveSchedule(suite, in.Channel, x, y, want.K, want.SS)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "ISK", keys.isk, want.ISK)
			same(t, "TH", keys.th, want.TH)
			same(t, "prk", keys.prk, want.PRK)
			same(t, "k", keys.k, want.SmallK)
		})
	}
}

func TestBothSidesOfTheWorkedExchanges(t *testing.T) {
	for _, exchange := range known(t) {
		t.Run(exchange.Curve, func(t *testing.T) {
			want := exchange.Values
			sender, recipient := senderOf(t, exchange), recipientOf(t, exchange)
			sameText(t, "x", sender.X, want.X)
			sameText(t, "y", recipient.Y, want.Y)
			sameText(t, "hh_k", recipient.HHK, want.HHK)
			if dk := sender.draws.dk; dk != nil {
				ss, err := dk.Decapsulate(want.CT)
				if err != nil {
					t.Fatal(err)
				}
				same(t, "ss", ss, want.SS)
			}
			atSender, err := sender.Finish(want.Y, want.HHK)
			if err != nil {
				t.Fatal(err)
			}
			atRecipient, err := recipient.Confirm(want.HK)
			if err != nil {
				t.Fatal(err)
			}
			for name, session := range map[string]*Session{"sender": atSender, "recipient": atRecipient} {
				sameText(t, "h_k of the "+name, session.HK, want.HK)
				same(t, "key_s2r of the "+name, session.KeyS2R, want.KeyS2R)
				same(t, "key_r2s of the "+name, session.KeyR2S, want.KeyR2S)
				if session.Chunk != want.Chunk {
					t.Errorf("chunk of the %s is %d", name, session.Chunk)
				}
				digits, err := session.Digits(exchange.Inputs.NS)
				if err != nil {
					t.Fatal(err)
				}
				sameText(t, "SAS of the "+name, digits, want.SAS)
			}
			same(t, "nS", atSender.NS, exchange.Inputs.NS)
		})
	}
}

// The shares have one encoding, and it is the one that this side writes.
func TestSharesAreWrittenAsTheyAreRead(t *testing.T) {
	for _, exchange := range known(t) {
		x, err := parseX(Suite(exchange.Curve), exchange.Values.X)
		if err != nil {
			t.Fatal(err)
		}
		again := wire.LV(x.sid, x.Ya, wire.LV(x.ek, x.commitment, x.capabilities))
		sameText(t, "x", wire.Base64(again), exchange.Values.X)
		sameText(t, "sid", hex.EncodeToString(x.sid), hex.EncodeToString(exchange.Inputs.Sid))
	}
}
