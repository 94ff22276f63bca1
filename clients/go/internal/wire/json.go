package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	// countMax is the largest integer that every JSON parser holds exactly.
	countMax = 1<<53 - 1
	// depthMax is deeper than anything that the protocol has.
	depthMax = 64
)

// Object is a JSON object that came from the other side. Its keys are compared
// letter by letter, which a struct with tags would not do.
type Object map[string]json.RawMessage

// ParseObject reads one JSON object that every parser reads alike: UTF-8 without
// a byte order mark, and no object in it has a key twice.
func ParseObject(data []byte) (Object, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errForm
	}
	if err := checkKeys(data); err != nil {
		return nil, err
	}
	var object Object
	if json.Unmarshal(data, &object) != nil || object == nil {
		return nil, errForm
	}
	return object, nil
}

// frame is an object or array that is open.
type frame struct {
	keys  map[string]bool // nil in an array
	isKey bool            // whether a key comes next
}

// checkKeys walks over valid JSON and refuses a key that comes twice.
func checkKeys(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var open []frame
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errForm
		}
		switch delimiter, _ := token.(json.Delim); delimiter {
		case '{':
			open = append(open, frame{keys: map[string]bool{}, isKey: true})
		case '[':
			open = append(open, frame{})
		case '}', ']':
			open = open[:len(open)-1]
			passValue(open)
		default:
			if err := passScalar(open, token); err != nil {
				return err
			}
		}
		if len(open) > depthMax {
			return errForm
		}
	}
}

// passScalar takes a key, or a value that is no object or array.
func passScalar(open []frame, token json.Token) error {
	if len(open) == 0 {
		return nil
	}
	top := &open[len(open)-1]
	if !top.isKey {
		passValue(open)
		return nil
	}
	key, _ := token.(string)
	if top.keys[key] {
		return errForm
	}
	top.keys[key] = true
	top.isKey = false
	return nil
}

// passValue says that a value has ended: in an object a key comes next.
func passValue(open []frame) {
	if len(open) > 0 && open[len(open)-1].keys != nil {
		open[len(open)-1].isKey = true
	}
}

// Text returns a text, or false when there is none or it is not well-formed
// Unicode: encoding/json would put U+FFFD in the place of a lone surrogate.
func (o Object) Text(key string) (string, bool) {
	raw, ok := o[key]
	var text string
	if !ok || len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil || hasLoneSurrogate(raw) {
		return "", false
	}
	return text, true
}

// Count returns an integer from 0 to 2^53-1.
func (o Object) Count(key string) (int64, bool) {
	return parseCount(o[key])
}

// Has reports whether the key is there, with whatever value.
func (o Object) Has(key string) bool {
	_, ok := o[key]
	return ok
}

// IsNull reports whether the key is there and null.
func (o Object) IsNull(key string) bool {
	return string(o[key]) == "null"
}

// Counts returns a list of integers from 0 to 2^53-1.
func (o Object) Counts(key string) ([]int64, bool) {
	var raw []json.RawMessage
	if json.Unmarshal(o[key], &raw) != nil || raw == nil {
		return nil, false
	}
	counts := make([]int64, len(raw))
	for i, each := range raw {
		count, ok := parseCount(each)
		if !ok {
			return nil, false
		}
		counts[i] = count
	}
	return counts, true
}

// parseCount reads an integer in any form that JSON has for it: 12, 12.0, 1.2e1.
func parseCount(raw json.RawMessage) (int64, bool) {
	text := string(raw)
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	if count, err := strconv.ParseInt(text, 10, 64); err == nil {
		return count, count <= countMax
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number > countMax || number != float64(int64(number)) {
		return 0, false
	}
	return int64(number), true
}

// hasLoneSurrogate looks at the escapes of a valid JSON string.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		first := hex4(raw[i+1:])
		i += 4
		switch {
		case first >= 0xdc00 && first <= 0xdfff:
			return true
		case first >= 0xd800 && first <= 0xdbff:
			if i+6 >= len(raw) || raw[i+1] != '\\' || raw[i+2] != 'u' {
				return true
			}
			if second := hex4(raw[i+3:]); second < 0xdc00 || second > 0xdfff {
				return true
			}
			i += 6
		}
	}
	return false
}

func hex4(raw []byte) uint64 {
	value, _ := strconv.ParseUint(string(raw[:4]), 16, 32)
	return value
}
