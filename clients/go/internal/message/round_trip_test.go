package message

import (
	"bytes"
	"reflect"
	"testing"
)

// pieces gives plaintext in pieces of every size, as chunks may cut it anywhere.
func pieces(plaintext []byte, size int, push func([]byte) error) error {
	for len(plaintext) > 0 {
		n := min(size, len(plaintext))
		// Each in memory of its own, overwritten afterwards: readers keep copies.
		piece := bytes.Clone(plaintext[:n])
		if err := push(piece); err != nil {
			return err
		}
		clear(piece)
		plaintext = plaintext[n:]
	}
	return nil
}

func TestOffersAreReadAsTheyAreWritten(t *testing.T) {
	mode, mtime := int64(0o644), int64(1767225600000)
	offer := &Offer{Kind: Files, Bytes: 12, Entries: []Entry{
		{Path: "d", Type: Dir, Mode: &mode},
		{Path: "d/<名>&\u2028.txt", Type: File, Size: 12, Mode: &mode, MTime: &mtime},
		{Path: "d/link", Type: Link, Target: "<名>&\u2028.txt"},
	}}
	var written bytes.Buffer
	if _, err := offer.WriteTo(&written); err != nil {
		t.Fatal(err)
	}
	for size := 1; size < 64; size++ {
		reader := NewOfferReader()
		if err := pieces(written.Bytes(), size, reader.Push); err != nil {
			t.Fatal(err)
		}
		got, err := reader.Finish()
		if err != nil || !reflect.DeepEqual(got, offer) {
			t.Fatalf("in pieces of %d: %+v, %v", size, got, err)
		}
	}
	accept := &Acceptance{Default: Send, Exceptions: map[int]Decision{
		0: {Do: Skip}, 1: {Do: Resume, Offset: 5, SHA256: make([]byte, 32)},
	}}
	written.Reset()
	if err := accept.Write(&written, len(offer.Entries)); err != nil {
		t.Fatal(err)
	}
	got, err := readAccept(offer, written.Bytes())
	if err != nil || !reflect.DeepEqual(got, accept) {
		t.Fatalf("%+v, %v", got, err)
	}
}

// recorder is a sink that keeps what came, by entry.
type recorder map[int][]byte

func (r recorder) Data(entry int, offset int64, bytes []byte) error {
	r[entry] = append(r[entry][:offset], bytes...)
	return nil
}
func (recorder) GivenUp(int) error          { return nil }
func (recorder) StreamEnd(int, int64) error { return nil }

func TestFramesMayBeCutAnywhere(t *testing.T) {
	offer := &Offer{Kind: Files, Bytes: 7, Entries: []Entry{{Path: "a", Type: File, Size: 4}, {Path: "b", Type: File, Size: 3}}}
	plaintext := append(AppendFrame(nil, 0, 0, 4), "aaaa"...)
	plaintext = append(AppendFrame(plaintext, 1, 0, 3), "bbb"...)
	for size := 1; size <= len(plaintext); size++ {
		got := recorder{}
		bodies := NewBodyReader(offer, &Acceptance{Default: Send}, got)
		if err := pieces(plaintext, size, bodies.Push); err != nil {
			t.Fatal(err)
		}
		if err := bodies.FinishMessage(); err != nil {
			t.Fatal(err)
		}
		if err := bodies.Finish(); err != nil {
			t.Fatal(err)
		}
		if string(got[0]) != "aaaa" || string(got[1]) != "bbb" || bodies.Total() != 7 {
			t.Fatalf("in pieces of %d: %q", size, got)
		}
	}
}

// A manifest that is taken is written again as one that says the same.
func FuzzOffer(f *testing.F) {
	f.Add([]byte(`{"kind":"files","entries":1,"bytes":3}` + "\n" + `{"path":"a","type":"file","size":3}` + "\n"))
	f.Add([]byte(`{"kind":"stream","entries":1,"bytes":null}` + "\n" + `{"path":"a\ud83d\ude00","type":"file","size":null}`))
	f.Fuzz(func(t *testing.T, plaintext []byte) {
		offer, err := readOffer(plaintext)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if _, err := offer.WriteTo(&again); err != nil {
			t.Skip("a line that only just fits may be written longer")
		}
		reread, err := readOffer(again.Bytes())
		if err != nil || !reflect.DeepEqual(offer, reread) {
			t.Fatalf("%q became %q: %v", plaintext, again.Bytes(), err)
		}
	})
}

// Whatever frames say, what reaches the sink fits the offer.
func FuzzBody(f *testing.F) {
	offer := &Offer{Kind: Files, Bytes: 7, Entries: []Entry{{Path: "a", Type: File, Size: 4}, {Path: "b", Type: File, Size: 3}}}
	f.Add(append(AppendFrame(nil, 0, 0, 4), "aaaa"...))
	f.Add(AppendGivenUp(nil, 1))
	f.Fuzz(func(t *testing.T, plaintext []byte) {
		got := recorder{}
		bodies := NewBodyReader(offer, &Acceptance{Default: Send}, got)
		_ = bodies.Push(plaintext)
		for entry, bytes := range got {
			if entry > 1 || int64(len(bytes)) > offer.Entries[entry].Size {
				t.Fatalf("entry %d has %d bytes", entry, len(bytes))
			}
		}
	})
}
