// Package message says what the messages of docs/PROTOCOL.md section 6.3 say:
// it writes them, and reads them from someone who is not trusted.
package message

import (
	"bytes"
	"encoding/json"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/wire"
)

// lineMax is how long a line of manifest or accept is, without its line feed.
const lineMax = 16 << 10

// badMessage is for what an honest peer does not send.
func badMessage(what string) error { return duet.NewProblem(duet.BadMessage, what, nil) }

// lineReader cuts plaintext into lines as it comes, and holds at most one.
type lineReader struct {
	held []byte
	read func(wire.Object) error
}

func (r *lineReader) push(plaintext []byte) error {
	for {
		line, rest, found := bytes.Cut(plaintext, []byte{'\n'})
		if len(r.held)+len(line) > lineMax {
			return badMessage("a line is too long")
		}
		if !found {
			r.held = append(r.held, line...)
			return nil
		}
		if len(r.held) > 0 {
			line = append(r.held, line...)
		}
		if err := r.take(line); err != nil {
			return err
		}
		r.held = r.held[:0]
		plaintext = rest
	}
}

// finish reads the last line, if it came without a line feed.
func (r *lineReader) finish() error {
	if len(r.held) == 0 {
		return nil
	}
	return r.take(r.held)
}

func (r *lineReader) take(line []byte) error {
	object, err := wire.ParseObject(line)
	if err != nil {
		return badMessage("a line is not a JSON object")
	}
	return r.read(object)
}

// appendLine writes a value as a line.
func appendLine(to []byte, value any) ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	if line.Len() > lineMax+1 {
		return nil, badMessage("a line is too long")
	}
	return append(to, line.Bytes()...), nil
}
