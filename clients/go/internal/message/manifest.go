package message

import (
	"io"
	"strings"

	"github.com/duet-relay/duet/clients/go/internal/wire"
)

const (
	targetMax = 4096 // bytes of where a link leads
	modeMax   = 0o777
	// manifestMax bounds a whole manifest in bytes, and so what a hostile sender
	// can make us hold.
	manifestMax = 64 << 20
	countMax    = 1<<53 - 1
)

// Kind is what a manifest offers.
type Kind string

// The kinds that there are.
const (
	Files  Kind = "files"
	Stream Kind = "stream"
	Text   Kind = "text"
)

// EntryType is what an entry is.
type EntryType string

// The types that there are.
const (
	File EntryType = "file"
	Dir  EntryType = "dir"
	Link EntryType = "link"
)

// Unknown is the size of a stream that does not know it.
const Unknown int64 = -1

// Entry is a file, a directory or a link.
type Entry struct {
	// Path is names joined by "/". Whether they may be stored is not said here.
	Path string
	Type EntryType
	// Size of a file, or Unknown.
	Size int64
	// Mode is the low nine bits, and MTime milliseconds since 1970; nil when the
	// sender does not say.
	Mode, MTime *int64
	// Target is where a link leads.
	Target string
}

// Offer is a whole manifest.
type Offer struct {
	Kind    Kind
	Entries []Entry
	// Bytes is the sum of all sizes, or Unknown.
	Bytes int64
}

type wireHead struct {
	Kind    Kind   `json:"kind"`
	Entries int    `json:"entries"`
	Bytes   *int64 `json:"bytes"`
}

type wireEntry struct {
	Path   string    `json:"path"`
	Type   EntryType `json:"type"`
	Size   *int64    `json:"size"`
	Mode   *int64    `json:"mode,omitempty"`
	MTime  *int64    `json:"mtime,omitempty"`
	Target string    `json:"target,omitempty"`
}

// WriteTo writes the lines of a manifest.
func (o *Offer) WriteTo(to io.Writer) (int64, error) {
	var written int64
	put := func(value any) error {
		line, err := appendLine(nil, value)
		if err != nil {
			return err
		}
		n, err := to.Write(line)
		written += int64(n)
		return err
	}
	if err := put(wireHead{o.Kind, len(o.Entries), known(o.Bytes)}); err != nil {
		return written, err
	}
	for _, entry := range o.Entries {
		if err := put(wireEntry{entry.Path, entry.Type, known(entry.Size), entry.Mode, entry.MTime, entry.Target}); err != nil {
			return written, err
		}
	}
	return written, nil
}

func known(size int64) *int64 {
	if size == Unknown {
		return nil
	}
	return &size
}

// OfferReader reads a manifest as its chunks come. It holds what it has read, and
// nothing that was only announced.
type OfferReader struct {
	lines lineReader
	paths pathRegister
	head  *Offer // with what was announced
	count int64
	sum   int64
	size  int
}

// NewOfferReader returns an OfferReader.
func NewOfferReader() *OfferReader {
	r := &OfferReader{}
	r.lines.read = r.readLine
	return r
}

// Push takes the next plaintext.
func (r *OfferReader) Push(plaintext []byte) error {
	if r.size += len(plaintext); r.size > manifestMax {
		return badMessage("the manifest is too long")
	}
	return r.lines.push(plaintext)
}

// Finish returns the manifest, if it adds up.
func (r *OfferReader) Finish() (*Offer, error) {
	if err := r.lines.finish(); err != nil {
		return nil, err
	}
	switch {
	case r.head == nil:
		return nil, badMessage("the manifest is empty")
	case int64(len(r.head.Entries)) != r.count:
		return nil, badMessage("the manifest has fewer entries than it says")
	case r.head.Bytes != Unknown && r.head.Bytes != r.sum:
		return nil, badMessage("the sizes do not add up")
	}
	return r.head, nil
}

func (r *OfferReader) readLine(line wire.Object) error {
	if r.head == nil {
		return r.readHead(line)
	}
	if int64(len(r.head.Entries)) == r.count {
		return badMessage("the manifest has more entries than it says")
	}
	entry, err := readEntry(line, r.head.Kind)
	if err != nil {
		return err
	}
	if err := r.paths.add(entry.Path, entry.Type); err != nil {
		return err
	}
	if entry.Size == Unknown && r.head.Bytes != Unknown {
		return badMessage("the sizes do not add up")
	}
	if r.sum += max(entry.Size, 0); r.sum > countMax {
		return badMessage("the sizes are too large")
	}
	r.head.Entries = append(r.head.Entries, entry)
	return nil
}

func (r *OfferReader) readHead(line wire.Object) error {
	text, _ := line.Text("kind")
	kind := Kind(text)
	entries, ok := line.Count("entries")
	switch {
	case kind != Files && kind != Stream && kind != Text, !ok:
		return badMessage("the head of the manifest is not valid")
	case entries > pathsMax:
		return badMessage("the manifest has too many entries")
	case kind != Files && entries != 1:
		return badMessage("a stream or text has one entry")
	}
	sum, ok := line.Count("bytes")
	if kind == Stream && line.IsNull("bytes") {
		sum, ok = Unknown, true
	}
	if !ok {
		return badMessage("the head of the manifest is not valid")
	}
	r.count, r.head = entries, &Offer{Kind: kind, Bytes: sum}
	return nil
}

func readEntry(line wire.Object, kind Kind) (entry Entry, err error) {
	var ok bool
	if entry.Path, ok = line.Text("path"); !ok {
		return entry, badMessage("an entry has no path")
	}
	if entry.Mode, err = optionalCount(line, "mode", modeMax); err != nil {
		return entry, err
	}
	if entry.MTime, err = optionalCount(line, "mtime", countMax); err != nil {
		return entry, err
	}
	text, _ := line.Text("type")
	entry.Type = EntryType(text)
	switch entry.Type {
	case File:
		return readFile(line, kind, entry)
	case Dir, Link:
	default:
		return entry, badMessage("an entry of an unknown type")
	}
	if kind != Files {
		return entry, badMessage("a stream or text is a file")
	}
	// The size of a directory or link means nothing, but must be a size.
	if _, err := optionalCount(line, "size", countMax); err != nil {
		return entry, err
	}
	if entry.Type == Dir {
		return entry, nil
	}
	entry.Target, ok = line.Text("target")
	if !ok || entry.Target == "" || len(entry.Target) > targetMax || strings.ContainsRune(entry.Target, 0) {
		return entry, badMessage("a link has no valid target")
	}
	return entry, nil
}

func readFile(line wire.Object, kind Kind, entry Entry) (Entry, error) {
	size, ok := line.Count("size")
	if kind == Stream && line.IsNull("size") {
		size, ok = Unknown, true
	}
	if !ok {
		return entry, badMessage("a file has no size")
	}
	entry.Size = size
	return entry, nil
}

func optionalCount(line wire.Object, key string, most int64) (*int64, error) {
	if !line.Has(key) {
		return nil, nil
	}
	count, ok := line.Count(key)
	if !ok || count > most {
		return nil, badMessage("a " + key + " is not valid")
	}
	return &count, nil
}
