package files

import (
	"strings"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/message"
)

// CheckOffer refuses a whole offer when a single name could do harm: who sends
// one such name is not to be trusted with the others.
func CheckOffer(offer *message.Offer) error {
	var spelled spellings
	for _, entry := range offer.Entries {
		if fault := pathFault(entry.Path); fault != "" {
			return refused(entry.Path + " " + fault)
		}
		if err := spelled.add(entry.Path); err != nil {
			return err
		}
	}
	for _, entry := range offer.Entries {
		if entry.Type != message.Link {
			continue
		}
		// Beside a topmost link lie the recipient's own files: only what arrives
		// with it may be meant.
		leadsTo, ok := linkLeadsTo(entry.Path, entry.Target)
		if !ok || !spelled.hasTop(topOf(leadsTo)) {
			return refused(entry.Path + " is a link that leads out of the folder")
		}
	}
	return nil
}

func refused(what string) error {
	problem := duet.NewProblem(duet.BadMessage, duet.CleanText(what), nil)
	problem.Hint = "Nothing was written. Ask the sender what they sent."
	return problem
}

// spelling is a name in its folder, as it was first spelled.
type spelling struct {
	name   string
	inside map[string]*spelling
}

// spellings holds every path and folder by what file systems may take for the
// same.
type spellings struct{ root spelling }

func (s *spellings) add(path string) error {
	folder := &s.root
	for name := range strings.SplitSeq(path, "/") {
		key := collisionKey(name)
		known := folder.inside[key]
		if known == nil {
			known = &spelling{name: name}
			if folder.inside == nil {
				folder.inside = map[string]*spelling{}
			}
			folder.inside[key] = known
		}
		if known.name != name {
			return refused(name + " and " + known.name + " differ only in case or in invisible characters")
		}
		folder = known
	}
	return nil
}

func (s *spellings) hasTop(name string) bool {
	known := s.root.inside[collisionKey(name)]
	return known != nil && known.name == name
}
