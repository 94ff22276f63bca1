// Package vectors reads the worked exchanges that all peers share, for tests.
package vectors

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Hex is bytes, as the files have them.
type Hex []byte

// UnmarshalJSON reads hexadecimal.
func (h *Hex) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	bytes, err := hex.DecodeString(text)
	*h = bytes
	return err
}

// Record is one message of an exchange.
type Record struct {
	Direction  string
	Type       string
	Index      uint64
	Conn       Hex
	Salt       Hex
	Context    Hex
	Key        Hex
	BaseNonce  Hex `json:"base_nonce"`
	Commitment Hex
	Plaintext  Hex
	Wire       Hex
}

// Exchange is one whole exchange.
type Exchange struct {
	Curve  string
	Inputs struct {
		Code      string
		Channel   string
		PRS       Hex
		Sid       Hex
		YaSeed    Hex `json:"ya_seed"`
		YbSeed    Hex `json:"yb_seed"`
		NS        Hex
		MLKEMSeed Hex    `json:"mlkem_seed"`
		MLKEMM    Hex    `json:"mlkem_m"`
		CapsA     string `json:"capsA"`
		CapsB     string `json:"capsB"`
	}
	Values struct {
		// YaNumber and YbNumber are numbers in hexadecimal.
		YaNumber   string `json:"ya"`
		YbNumber   string `json:"yb"`
		CI         Hex
		GS         Hex `json:"gs"`
		G          Hex `json:"g"`
		Ya         Hex `json:"Ya"`
		EK         Hex
		Commitment Hex
		ADa        Hex
		X          string
		Yb         Hex
		CT         Hex
		ADb        Hex
		Y          string
		K          Hex `json:"K"`
		ISK        Hex
		TH         Hex
		SS         Hex
		PRK        Hex
		SmallK     Hex    `json:"k"`
		HK         string `json:"h_k"`
		HHK        string `json:"hh_k"`
		KeyS2R     Hex    `json:"key_s2r"`
		KeyR2S     Hex    `json:"key_r2s"`
		SAS        string
		Chunk      int
	}
	Records []Record
}

// Border is a message whose length is at the border of a chunk.
type Border struct {
	Direction       string
	Conn            Hex
	Index           uint64
	Type            string
	Chunk           int
	DirectionKey    Hex `json:"direction_key"`
	Salt            Hex
	PlaintextLength int    `json:"plaintext_length"`
	WireLength      int    `json:"wire_length"`
	WireSHA256      string `json:"wire_sha256"`
}

// Worked is the whole of exchange.json.
type Worked struct {
	Exchanges []Exchange
	Borders   []Border
}

// Exchanges reads exchange.json.
func Exchanges(t *testing.T) *Worked {
	t.Helper()
	var worked Worked
	Read(t, "exchange.json", &worked)
	if len(worked.Exchanges) == 0 || len(worked.Borders) == 0 {
		t.Fatal("exchange.json is empty")
	}
	return &worked
}

// Read reads a file of test/vectors.
func Read(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(Checkout(), "test", "vectors", name))
	if err != nil {
		t.Fatalf("the vectors are in the repository of duet, of which this is a part: %v", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// Checkout is the root of the repository.
func Checkout() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..", "..")
}

// Refusal is what a peer must refuse, or a neighbour of that which it must take.
// Which of the fields are there depends on the kind.
type Refusal struct {
	Kind       string
	Name       string
	Refused    bool
	Problem    string
	Curve      string
	Code       string
	Channel    string
	Secret     string
	Sid        Hex
	NS         Hex
	YaSeed     Hex    `json:"ya_seed"`
	YbSeed     Hex    `json:"yb_seed"`
	MLKEMSeed  Hex    `json:"mlkem_seed"`
	MLKEMM     Hex    `json:"mlkem_m"`
	X          string `json:"x"`
	Y          string `json:"y"`
	HHK        string `json:"hh_k"`
	HK         string `json:"h_k"`
	Bytes      Hex
	Version    int
	Chunk      int
	From       string
	Plaintext  Hex
	Commitment Hex
	Nonce      Hex
	Manifest   Hex
	Accept     Hex
	Messages   []Hex
	Conn       Hex
	Direction  string
	Index      uint64
	Key        Hex
	May        []string
	Wire       Hex
	Type       string
	Length     int
}

// Refusals reads those of refusals.json that are of one kind.
func Refusals(t *testing.T, kind string) []Refusal {
	t.Helper()
	var document struct{ Cases []Refusal }
	Read(t, "refusals.json", &document)
	var found []Refusal
	for _, each := range document.Cases {
		if each.Kind == kind {
			found = append(found, each)
		}
	}
	if len(found) == 0 {
		t.Fatalf("refusals.json has nothing of the kind %s", kind)
	}
	return found
}
