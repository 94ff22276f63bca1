// Package agree is the key agreement of docs/PROTOCOL.md section 3: CPace in the
// group ristretto255, with ML-KEM-768 beside it in the hybrid suite.
package agree

import (
	"strings"

	duet "github.com/duet-relay/duet/clients/go"
)

// Suite is a way to agree on a key; its value is what `curve` says on the wire.
type Suite string

// The suites that this peer knows.
const (
	Hybrid Suite = "ristretto255+mlkem768"
	Plain  Suite = "ristretto255"
)

// Suites are all that this peer knows, the one that it proposes first.
var Suites = []Suite{Hybrid, Plain}

// ParseSuite finds a suite by its name.
func ParseSuite(curve string) (Suite, error) {
	names := make([]string, len(Suites))
	for i, suite := range Suites {
		if string(suite) == curve {
			return suite, nil
		}
		names[i] = string(suite)
	}
	return "", duet.NewProblem(duet.Unsupported,
		`the suite "`+duet.CleanText(curve)+`" is not known here; known are `+strings.Join(names, ", "), nil)
}

func (s Suite) isHybrid() bool { return s == Hybrid }

// wrongCode is the one answer to everything that breaks rules 1 to 3 of section
// 3, and to a tag that does not match: it must not matter which it was.
func wrongCode() error { return duet.NewProblem(duet.WrongCode, "", nil) }
