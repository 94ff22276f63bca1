package files

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/duet-relay/duet/clients/go/internal/message"
)

const (
	// partMode keeps what is not complete from others.
	partMode  = 0o600
	markBytes = 6
)

// Part is a file that is not complete: "name.part" beside its place.
type Part struct {
	destination *Destination
	entry       message.Entry
	place       string
	partPlace   string
	file        *os.File
	size        int64
}

// NewPart begins a file of the offer.
func (d *Destination) NewPart(entry int) (*Part, error) {
	place := d.placeOf(entry)
	if err := d.makeParents(place); err != nil {
		return nil, err
	}
	part := &Part{destination: d, entry: d.offer.Entries[entry], place: place}
	folder, name := filepath.Split(place)
	mark := ""
	for {
		part.partPlace = folder + partName(name, mark)
		var err error
		part.file, err = d.root.OpenFile(part.partPlace, os.O_WRONLY|os.O_CREATE|os.O_EXCL, partMode)
		if err == nil {
			return part, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, CannotWrite(err)
		}
		mark = newMark()
	}
}

func newMark() string {
	drawn := make([]byte, markBytes)
	_, _ = rand.Read(drawn) // never fails since Go 1.24
	return hex.EncodeToString(drawn)
}

// Size is how many bytes it has.
func (p *Part) Size() int64 { return p.size }

// Sum is the SHA-256 of what it has, read anew: it is asked for only when a
// connection was lost.
func (p *Part) Sum() ([]byte, error) {
	file, err := p.destination.root.Open(p.partPlace)
	if err != nil {
		return nil, CannotWrite(err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(file, p.size)); err != nil {
		return nil, CannotWrite(err)
	}
	return hash.Sum(nil), nil
}

// Write adds bytes at the end.
func (p *Part) Write(bytes []byte) error {
	n, err := p.file.Write(bytes)
	p.size += int64(n)
	if err != nil {
		return CannotWrite(err)
	}
	return nil
}

// Restart drops what it has.
func (p *Part) Restart() error {
	p.size = 0
	_, err := p.file.Seek(0, io.SeekStart)
	if err = cmp.Or(err, p.file.Truncate(0)); err != nil {
		return CannotWrite(err)
	}
	return nil
}

// Complete gives the file its mode and time, makes it durable, and lets it appear
// under its name in one step.
func (p *Part) Complete() error {
	if err := p.finish(); err != nil {
		p.Discard()
		return CannotWrite(err)
	}
	return nil
}

func (p *Part) finish() error {
	if err := p.file.Chmod(modeOf(p.entry, fileModeDefault) &^ p.destination.umask); err != nil {
		return err
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	if p.entry.MTime != nil {
		at := time.UnixMilli(*p.entry.MTime)
		if err := p.destination.root.Chtimes(p.partPlace, at, at); err != nil {
			return err
		}
	}
	return p.publish()
}

// publish renames without replacing what may have appeared meanwhile: only what
// lies topmost can be in someone's way, the folders of a transfer are its own.
func (p *Part) publish() error {
	root := p.destination.root
	folder, name := filepath.Split(p.place)
	for number := range numberMax {
		place := p.place
		if number > 0 {
			place = folder + numberedName(name, number)
		}
		// link(2) fails if the name is there, which rename(2) does not.
		err := root.Link(p.partPlace, place)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return p.renameIfFree(place)
		}
		if folder == "" {
			p.destination.tops[topOf(p.entry.Path)] = place
		}
		return root.Remove(p.partPlace)
	}
	return fs.ErrExist
}

// renameIfFree is for file systems without hard links, where looking first is all
// that can be done.
func (p *Part) renameIfFree(place string) error {
	if _, err := p.destination.root.Lstat(place); !errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return p.destination.root.Rename(p.partPlace, place)
}

// Discard removes it.
func (p *Part) Discard() {
	_ = p.file.Close()
	_ = p.destination.root.Remove(p.partPlace)
}
