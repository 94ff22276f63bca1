package code

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
)

func TestTheListIsThatOfBIP39(t *testing.T) {
	const published = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
	if sum := sha256.Sum256([]byte(list)); hex.EncodeToString(sum[:]) != published {
		t.Fatal("the list of words was changed")
	}
	if !slices.IsSorted(words) {
		t.Fatal("the list is not sorted: words cannot be looked up")
	}
}

func TestParse(t *testing.T) {
	tests := map[string]struct{ typed, channel, secret string }{
		"as it is shown":              {"4821-cactus-lemon-violin", "4821", "cactus-lemon-violin"},
		"capitals and spaces":         {"  4821 CACTUS  Lemon violin\n", "4821", "cactus-lemon-violin"},
		"first letters":               {"4821-cact-lemo-viol", "4821", "cactus-lemon-violin"},
		"a word that begins another":  {"4821-act-actor", "4821", "act-actor"},
		"other dashes":                {"4821–cactus—lemon−violin", "4821", "cactus-lemon-violin"},
		"wide letters":                {"４８２１-ｃａｃｔｕｓ-lemon", "4821", "cactus-lemon"},
		"a byte order mark":           {"\ufeff4821-cactus-lemon", "4821", "cactus-lemon"},
		"a secret of one's own":       {"4821-Pass Word_1", "4821", "pass-word-1"},
		"letters that are not ASCII":  {"4821-Überraschung", "4821", "Überraschung"},
		"a decomposed letter":         {"4821-pässword1", "4821", "pässword1"},
		"a channel of letters":        {"abc-cactus-lemon", "abc", "cactus-lemon"},
		"dots and underscores":        {"4821.cactus_lemon", "4821", "cactus-lemon"},
		"a sign that is no separator": {"4821-cactus/lemon", "4821", "cactus/lemon"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			code, err := Parse(test.typed)
			if err != nil || code.Channel != test.channel || code.Secret != test.secret {
				t.Fatalf("got %q, %q, %v", code.Channel, code.Secret, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"no words":                "4821",
		"one word":                "4821-cactus",
		"seven words":             "4821-cactus-cactus-cactus-cactus-cactus-cactus-cactus",
		"a word not in the list":  "4821-cactus-lemonade",
		"three letters":           "4821-cac-lemon",
		"a short secret":          "4821-pass1",
		"a channel with a sign":   "48/21-cactus-lemon",
		"a channel that is long":  strings.Repeat("1", 65) + "-cactus-lemon",
		"bytes that are no UTF-8": "4821-passw\xffrd-123",
		"nothing":                 "",
	}
	for name, typed := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(typed)
			if !duet.HasCode(err, duet.BadCode) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "cactus") {
				t.Fatalf("the error repeats the words: %v", err)
			}
		})
	}
}

func TestNewSecretIsCanonical(t *testing.T) {
	for count := wordsMin; count <= wordsMax; count++ {
		secret := NewSecret(count)
		code, err := Parse("1-" + secret)
		if err != nil || code.Secret != secret {
			t.Fatalf("%d words: %v", count, err)
		}
	}
}

func TestACodeDoesNotPrintItsSecret(t *testing.T) {
	code := Code{Channel: "4821", Secret: "cactus-lemon-violin"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if printed := fmt.Sprintf(verb, code); strings.Contains(printed, "cactus") {
			t.Errorf("%s prints %s", verb, printed)
		}
	}
}

func FuzzParseIsIdempotent(f *testing.F) {
	for _, seed := range []string{"4821-cactus-lemon-violin", "a b c", "4821—Pass word.1", "ﬀ-ﬀﬀﬀﬀ-123"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := Parse(typed)
		if err != nil {
			return
		}
		again, err := Parse(code.Phrase())
		if err != nil || again != code {
			t.Fatalf("%q became %q, then %q: %v", typed, code.Phrase(), again.Phrase(), err)
		}
	})
}
