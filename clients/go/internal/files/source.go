package files

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/message"
)

// Source is what a sender sends: an offer, and where its entries are here.
type Source struct {
	Offer message.Offer
	// LeftOut are paths that no recipient would take, each with why.
	LeftOut []string

	places []string
}

// NewSource lists files and folders. Nothing is kept open.
func NewSource(ctx context.Context, paths []string) (*Source, error) {
	source := &Source{Offer: message.Offer{Kind: message.Files}}
	tops := map[string]bool{}
	for _, place := range paths {
		absolute, err := filepath.Abs(place)
		if err != nil {
			return nil, usage(place+" is not a path", err)
		}
		name := filepath.Base(absolute)
		if fault := nameFault(name); fault != "" {
			return nil, usage(name+" "+fault, nil)
		}
		key := collisionKey(name)
		if tops[key] {
			return nil, usage("two of the paths have the name "+name, nil)
		}
		tops[key] = true
		if err := source.addTop(ctx, absolute, name); err != nil {
			return nil, err
		}
	}
	if len(source.Offer.Entries) == 0 {
		return nil, usage("there is nothing to send", nil)
	}
	return source, nil
}

// addTop adds what was named, following a link, for that is what was meant.
func (s *Source) addTop(ctx context.Context, place, name string) error {
	resolved, err := filepath.EvalSymlinks(place)
	if err != nil {
		return usage(name+" cannot be read", err)
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return usage(name+" cannot be read", err)
	}
	if !info.IsDir() {
		return s.add(resolved, name, info)
	}
	return filepath.WalkDir(resolved, func(at string, found fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		inside, relErr := filepath.Rel(resolved, at)
		if err = cmp.Or(err, relErr); err != nil {
			return cannotRead(name, err)
		}
		entryPath := path.Join(name, filepath.ToSlash(inside))
		if fault := pathFault(entryPath); fault != "" {
			s.LeftOut = append(s.LeftOut, entryPath+" "+fault)
			if found.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := found.Info()
		if err != nil {
			return cannotRead(entryPath, err)
		}
		return s.add(at, entryPath, info)
	})
}

func (s *Source) add(place, entryPath string, info fs.FileInfo) error {
	mode := int64(info.Mode().Perm())
	entry := message.Entry{Path: entryPath, Mode: &mode}
	if mtime := info.ModTime().UnixMilli(); mtime >= 0 {
		entry.MTime = &mtime
	}
	switch {
	case info.IsDir():
		entry.Type = message.Dir
	case info.Mode().IsRegular():
		entry.Type, entry.Size = message.File, info.Size()
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := os.Readlink(place)
		if err != nil {
			return cannotRead(entryPath, err)
		}
		target = filepath.ToSlash(target)
		if _, inside := linkLeadsTo(entryPath, target); !inside {
			s.LeftOut = append(s.LeftOut, entryPath+" is a link that leads out of the folder")
			return nil
		}
		entry.Type, entry.Target, entry.Mode = message.Link, target, nil
	default:
		s.LeftOut = append(s.LeftOut, entryPath+" is no file, folder or link")
		return nil
	}
	s.Offer.Bytes += entry.Size
	s.Offer.Entries = append(s.Offer.Entries, entry)
	s.places = append(s.places, place)
	return nil
}

// Open opens a file of the offer. It must still be as long as it was listed.
func (s *Source) Open(entry int) (io.ReadSeekCloser, error) {
	file, err := os.Open(s.places[entry])
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() < s.Offer.Entries[entry].Size) {
		err = fmt.Errorf("%s was changed meanwhile", s.Offer.Entries[entry].Path)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func usage(what string, err error) error {
	return duet.NewProblem(duet.Usage, duet.CleanText(what), err)
}

func cannotRead(what string, err error) error {
	return duet.NewProblem(duet.CannotRead, duet.CleanText(what)+" cannot be read", err)
}
