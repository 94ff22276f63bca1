package files

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/message"
)

const (
	// numberMax is how often one name may be taken.
	numberMax = 10_000
	// dirMode lets us write into a folder until it is complete; it gets its own
	// mode then.
	dirMode = 0o700
	// Modes for what comes without one, less the umask.
	fileModeDefault = 0o666
	dirModeDefault  = 0o777
)

// Destination is the folder that receives. Nothing in it is ever replaced, and no
// link in it is followed out of it: os.Root sees to that.
type Destination struct {
	root  *os.Root
	umask fs.FileMode
	offer *message.Offer
	// tops are the names under which what lies topmost appears.
	tops map[string]string
	// keys are the names that the transfer has for itself, topmost.
	keys map[string]bool
	// made are the folders and links that an earlier connection has made.
	made map[string]bool
}

// CheckFolder says whether NewDestination can succeed, and touches nothing.
func CheckFolder(folder string) error {
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Dir(filepath.Clean(folder)))
	}
	if err != nil {
		return CannotWrite(err)
	}
	if !info.IsDir() {
		return CannotWrite(syscall.ENOTDIR)
	}
	return nil
}

// NewDestination opens the folder, and makes it if the one above is there.
func NewDestination(folder string, umask fs.FileMode) (*Destination, error) {
	if err := os.Mkdir(folder, dirModeDefault&^umask); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, CannotWrite(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, CannotWrite(err)
	}
	return &Destination{root: root, umask: umask}, nil
}

// Close lets the folder go.
func (d *Destination) Close() error { return d.root.Close() }

// Place finds names for what lies topmost: its own, or "name (1)" when that is
// taken. An offer that there is no room for is refused before anything of it is
// written; how much room there is stays here, for the other side is told.
func (d *Destination) Place(offer *message.Offer) error {
	if free, known := room(d.root.Name()); known && offer.Bytes > 0 && uint64(offer.Bytes) > free {
		return duet.NewProblem(duet.NoSpace, "", nil)
	}
	d.offer = offer
	d.tops, d.keys, d.made = map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, entry := range offer.Entries {
		d.keys[collisionKey(topOf(entry.Path))] = true
	}
	for _, entry := range offer.Entries {
		top := topOf(entry.Path)
		if _, placed := d.tops[top]; placed {
			continue
		}
		name, err := d.freeName(top)
		if err != nil {
			return err
		}
		d.tops[top] = name
	}
	return nil
}

func (d *Destination) freeName(name string) (string, error) {
	for number := range numberMax {
		candidate := name
		if number > 0 {
			candidate = numberedName(name, number)
			if d.keys[collisionKey(candidate)] {
				continue
			}
		}
		_, err := d.root.Lstat(candidate)
		if errors.Is(err, fs.ErrNotExist) {
			return candidate, nil
		}
		if err != nil {
			return "", CannotWrite(err)
		}
	}
	return "", duet.NewProblem(duet.CannotWrite, duet.CleanText(name)+" is taken too often", nil)
}

// placeOf is where an entry goes, in the folder.
func (d *Destination) placeOf(entry int) string {
	wanted := d.offer.Entries[entry].Path
	top := topOf(wanted)
	return filepath.FromSlash(d.tops[top] + strings.TrimPrefix(wanted, top))
}

// MakeDir makes a folder of the offer.
func (d *Destination) MakeDir(entry int) error {
	place := d.placeOf(entry)
	if err := d.makeParents(place); err != nil {
		return err
	}
	if d.made[place] {
		return nil
	}
	if err := d.root.Mkdir(place, dirMode); err != nil {
		return CannotWrite(err)
	}
	d.made[place] = true
	return nil
}

// makeParents makes folders that are only part of other paths.
func (d *Destination) makeParents(place string) error {
	folder := filepath.Dir(place)
	if folder == "." {
		return nil
	}
	if _, err := d.root.Lstat(folder); err == nil {
		return nil
	}
	if err := d.root.MkdirAll(folder, dirModeDefault&^d.umask); err != nil {
		return CannotWrite(err)
	}
	return nil
}

// MakeLink makes a link of the offer, whose target CheckOffer has seen. A topmost
// one names something beside it, which may have another name here.
func (d *Destination) MakeLink(entry int) error {
	place := d.placeOf(entry)
	if err := d.makeParents(place); err != nil {
		return err
	}
	offered := d.offer.Entries[entry]
	if d.made[place] {
		return nil
	}
	target := offered.Target
	if !strings.Contains(offered.Path, "/") {
		leadsTo, _ := linkLeadsTo(offered.Path, target)
		top := topOf(leadsTo)
		if name := d.tops[top]; name != top {
			target = name + strings.TrimPrefix(leadsTo, top)
		}
	}
	if err := d.root.Symlink(filepath.FromSlash(target), place); err != nil {
		return CannotWrite(err)
	}
	d.made[place] = true
	return nil
}

// FinishDirs gives folders their modes and times, the inner ones first.
func (d *Destination) FinishDirs() error {
	for entry := len(d.offer.Entries) - 1; entry >= 0; entry-- {
		offered := d.offer.Entries[entry]
		if offered.Type != message.Dir {
			continue
		}
		place := d.placeOf(entry)
		if offered.MTime != nil {
			at := time.UnixMilli(*offered.MTime)
			if err := d.root.Chtimes(place, at, at); err != nil {
				return CannotWrite(err)
			}
		}
		if err := d.root.Chmod(place, modeOf(offered, dirModeDefault)&^d.umask); err != nil {
			return CannotWrite(err)
		}
	}
	return nil
}

// SavedAs are the topmost names that things have got.
func (d *Destination) SavedAs() []string {
	var names []string
	seen := map[string]bool{}
	for _, entry := range d.offer.Entries {
		if top := topOf(entry.Path); !seen[top] {
			seen[top] = true
			names = append(names, path.Clean(d.tops[top]))
		}
	}
	return names
}

func modeOf(entry message.Entry, otherwise fs.FileMode) fs.FileMode {
	if entry.Mode == nil {
		return otherwise
	}
	return fs.FileMode(*entry.Mode).Perm()
}

// CannotWrite is a problem of the destination. Its message goes to the other side
// too and says nothing of this machine; the cause stays here.
func CannotWrite(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return duet.NewProblem(duet.NoSpace, "", err)
	}
	return duet.NewProblem(duet.CannotWrite, "", err)
}
