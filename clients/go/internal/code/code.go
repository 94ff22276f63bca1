// Package code reads and makes code phrases, docs/PROTOCOL.md section 4.
package code

import (
	"crypto/rand"
	_ "embed"
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	duet "github.com/duet-relay/duet/clients/go"
	"golang.org/x/text/unicode/norm"
)

const (
	// DefaultWords is 33 bits: an attacker has three guesses.
	DefaultWords = 3
	wordsMin     = 2
	wordsMax     = 6
	// prefixMin letters tell any word of the list.
	prefixMin = 4
	// customMin is what a secret of one's own has at least, in code points.
	customMin = 8
	// byteOrderMark counts as white space.
	byteOrderMark = '\ufeff'
	minus         = '\u2212'
	hyphen        = '\u2010'
	horizontalBar = '\u2015'
)

//go:embed english.txt
var list string

// words is the English list of BIP39: 2048 words, sorted, 11 bits each.
var words = strings.Fields(list)

var (
	channelForm = regexp.MustCompile(`^[0-9a-z]{1,64}$`)
	lettersForm = regexp.MustCompile(`^[a-z-]+$`)
)

// Code is what people pass on.
type Code struct {
	// Channel is not secret.
	Channel string
	// Secret is: the canonical words.
	Secret string
}

// Phrase is the code as it is shown to people. It is no String method, so that
// no log shows it by accident.
func (c Code) Phrase() string { return c.Channel + "-" + c.Secret }

// String hides the secret.
func (c Code) String() string { return c.Channel + "-[secret]" }

// GoString hides the secret.
func (c Code) GoString() string { return c.String() }

// Parse reads a code as a person typed it. Its errors never repeat the words.
func Parse(text string) (Code, error) {
	if !utf8.ValidString(text) {
		return Code{}, badCode("the code has a broken character")
	}
	channel, secret, found := strings.Cut(canonical(text), "-")
	if !found {
		return Code{}, badCode("the code has no words")
	}
	if !channelForm.MatchString(channel) {
		return Code{}, badCode("a code begins with letters or digits")
	}
	secret, err := canonicalSecret(secret)
	if err != nil {
		return Code{}, err
	}
	return Code{Channel: channel, Secret: secret}, nil
}

// NewSecret draws words.
func NewSecret(count int) string {
	chosen := make([]string, count)
	for i := range chosen {
		var drawn [2]byte
		_, _ = rand.Read(drawn[:]) // never fails since Go 1.24
		// 2048 divides 65536, so the low eleven bits are uniform.
		chosen[i] = words[binary.BigEndian.Uint16(drawn[:])%uint16(len(words))]
	}
	return strings.Join(chosen, "-")
}

// canonical makes one form of all that people type for it: NFKC, ASCII in lower
// case, one dash for each run of what separates words.
func canonical(text string) string {
	var out strings.Builder
	wasSeparator := false
	for _, r := range norm.NFKC.String(text) {
		isSeparator := separates(r)
		switch {
		case isSeparator && !wasSeparator:
			out.WriteByte('-')
		case isSeparator:
		case r >= 'A' && r <= 'Z':
			out.WriteRune(r + 'a' - 'A')
		default:
			out.WriteRune(r)
		}
		wasSeparator = isSeparator
	}
	return strings.TrimSuffix(strings.TrimPrefix(out.String(), "-"), "-")
}

func separates(r rune) bool {
	switch {
	case r == '.', r == '_', r == '-', r == minus, r == byteOrderMark, r >= hyphen && r <= horizontalBar:
		return true
	}
	return unicode.Is(unicode.White_Space, r)
}

func canonicalSecret(secret string) (string, error) {
	if lettersForm.MatchString(secret) {
		return canonicalWords(strings.Split(secret, "-"))
	}
	if utf8.RuneCountInString(secret) < customMin {
		return "", badCode("the secret of the code is too short")
	}
	return secret, nil
}

func canonicalWords(typed []string) (string, error) {
	if len(typed) < wordsMin || len(typed) > wordsMax {
		return "", badCode("a code has 2 to 6 words, this has " + strconv.Itoa(len(typed)))
	}
	whole := make([]string, len(typed))
	for i, word := range typed {
		found, ok := meant(word)
		if !ok {
			return "", badCode("word " + strconv.Itoa(i+1) + " of the code is not in the list")
		}
		whole[i] = found
	}
	return strings.Join(whole, "-"), nil
}

// meant is the whole word for itself, or for its first four or more letters.
func meant(typed string) (string, bool) {
	at, isWhole := slices.BinarySearch(words, typed)
	switch {
	case isWhole:
		return typed, true
	case len(typed) < prefixMin || at == len(words) || !strings.HasPrefix(words[at], typed):
		return "", false
	case at+1 < len(words) && strings.HasPrefix(words[at+1], typed):
		return "", false
	}
	return words[at], true
}

func badCode(message string) error { return duet.NewProblem(duet.BadCode, message, nil) }
