package duet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textMax bounds, in characters, what a stranger can make us show.
const textMax = 300

// CleanText takes from a text that someone else wrote what could change how a
// terminal shows the rest: control characters, and those that turn the
// direction of writing.
func CleanText(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Cc, r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return -1
		}
		return r
	}, text)
	if runes := []rune(clean); len(runes) > textMax {
		return string(runes[:textMax]) + "…"
	}
	return clean
}
