// Package wire has the encodings on which everything else of the protocol is
// built: length-value lists, base64url in one form only, strict JSON.
package wire

import (
	"encoding/base64"
	"errors"
)

// P begins everything that is hashed.
const P = "duet/1"

// lengthMax is how many bytes a length may take: enough for 2 MiB.
const lengthMax = 3

var errForm = errors.New("not in the one form that it may have")

// LV is lv_cat of CPace: each part behind its length in LEB128.
func LV(parts ...[]byte) []byte {
	var all []byte
	for _, part := range parts {
		all = appendLength(all, len(part))
		all = append(all, part...)
	}
	return all
}

// LVStrings is LV of texts.
func LVStrings(parts ...string) []byte {
	all := make([][]byte, len(parts))
	for i, part := range parts {
		all[i] = []byte(part)
	}
	return LV(all...)
}

func appendLength(to []byte, length int) []byte {
	for length > 0x7f {
		to = append(to, byte(length)|0x80)
		length >>= 7
	}
	return append(to, byte(length))
}

// SplitLV takes exactly count parts apart. Lengths must be in their shortest
// form, and nothing may be left. The parts are views into data.
func SplitLV(data []byte, count int) ([][]byte, error) {
	parts := make([][]byte, 0, count)
	for range count {
		length, size, err := readLength(data)
		if err != nil || length > len(data)-size {
			return nil, errForm
		}
		parts = append(parts, data[size:size+length])
		data = data[size+length:]
	}
	if len(data) > 0 {
		return nil, errForm
	}
	return parts, nil
}

func readLength(data []byte) (length, size int, err error) {
	for i, b := range data[:min(len(data), lengthMax)] {
		length |= int(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 && i > 0 {
				return 0, 0, errForm
			}
			return length, i + 1, nil
		}
	}
	return 0, 0, errForm
}

// Base64 is base64url without padding.
func Base64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// ParseBase64 takes only what Base64 writes: Go's decoder skips line breaks and,
// unless told otherwise, bits that are not used.
func ParseBase64(text string) ([]byte, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || Base64(data) != text {
		return nil, errForm
	}
	return data, nil
}
