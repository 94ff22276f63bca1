package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestLV(t *testing.T) {
	if got := LVStrings("ab", ""); !bytes.Equal(got, []byte{2, 'a', 'b', 0}) {
		t.Fatalf("got %x", got)
	}
	long := strings.Repeat("x", 1184)
	parts, err := SplitLV(LVStrings(long, "", "y"), 3)
	if err != nil || string(parts[0]) != long || len(parts[1]) != 0 || string(parts[2]) != "y" {
		t.Fatalf("got %d parts, %v", len(parts), err)
	}
}

func TestSplitLVRefuses(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":                    {},
		"one part":                   {1, 'a'},
		"three parts":                {0, 0, 0},
		"a cut length":               {0, 0x80},
		"a cut part":                 {0, 2, 'a'},
		"a length that is not short": {0, 0x80, 0},
		"a length of four bytes":     {0, 0x81, 0x80, 0x80, 0},
	} {
		if _, err := SplitLV(data, 2); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestParseBase64TakesOneForm(t *testing.T) {
	for _, text := range []string{"", "AA", "_-8", "aGVsbG8"} {
		if data, err := ParseBase64(text); err != nil || Base64(data) != text {
			t.Errorf("%q: %x, %v", text, data, err)
		}
	}
	for _, text := range []string{"A", "AA==", "AB", "A A", "AA\n", "+/8", "AA.", "é"} {
		if data, err := ParseBase64(text); err == nil {
			t.Errorf("%q is taken as %x", text, data)
		}
	}
}

func TestParseObject(t *testing.T) {
	for _, text := range []string{`{}`, ` {"a":[{"b":1},{"b":2}],"c":{"b":null}} `, `{"":"\ud83d\ude00"}`} {
		if _, err := ParseObject([]byte(text)); err != nil {
			t.Errorf("%s is refused", text)
		}
	}
	for _, text := range []string{
		"", "null", "[]", "1", `"a"`, "{", `{"a":1}{}`, "\ufeff{}", "{\"a\":\"\xff\"}", `{'a':1}`, `{"a":1,}`, `{"a":01}`,
		`{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `{"x":{"a":1,"b":[],"a":2}}`, `{"x":[{"a":1,"a":2}]}`,
	} {
		if object, err := ParseObject([]byte(text)); err == nil {
			t.Errorf("%s is taken as %v", text, object)
		}
	}
}

func TestTextsAndCounts(t *testing.T) {
	object, err := ParseObject([]byte(`{"good":"a\ud83d\ude00","lone":"\ud83d","swapped":"\ude00\ud83d","escaped":"\\ud83d",
		"n":12,"whole":1.2e1,"most":9007199254740991,"more":9007199254740992,"less":-1,"zero":-0,"half":0.5,"huge":1e400,
		"text":"12","null":null,"list":[1,2],"mixed":[1,"2"],"Case":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"good": true, "escaped": true, "lone": false, "swapped": false, "n": false, "null": false, "case": false} {
		if text, ok := object.Text(key); ok != want {
			t.Errorf("%s is the text %q, %v", key, text, ok)
		}
	}
	for key, want := range map[string]int64{"n": 12, "whole": 12, "most": 1<<53 - 1} {
		if count, ok := object.Count(key); !ok || count != want {
			t.Errorf("%s is %d, %v", key, count, ok)
		}
	}
	for _, key := range []string{"more", "less", "zero", "half", "huge", "text", "null", "list", "case", "missing"} {
		if count, ok := object.Count(key); ok {
			t.Errorf("%s is the count %d", key, count)
		}
	}
	if counts, ok := object.Counts("list"); !ok || len(counts) != 2 {
		t.Errorf("list is %v", counts)
	}
	for _, key := range []string{"mixed", "n", "null", "missing"} {
		if counts, ok := object.Counts(key); ok {
			t.Errorf("%s is the list %v", key, counts)
		}
	}
}

func FuzzSplitLV(f *testing.F) {
	f.Add([]byte{2, 'a', 'b', 0}, uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, count uint8) {
		parts, err := SplitLV(data, int(count))
		if err == nil && !bytes.Equal(LV(parts...), data) {
			t.Fatalf("%x has another form, %x", data, LV(parts...))
		}
	})
}

func FuzzParseObject(f *testing.F) {
	f.Add([]byte(`{"a":"\ud83d","b":[{"c":1}]}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		object, err := ParseObject(data)
		if err != nil {
			return
		}
		for key := range object {
			object.Text(key)
			object.Count(key)
			object.Counts(key)
		}
	})
}
