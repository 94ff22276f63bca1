package files

import (
	"os"
	"path/filepath"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/message"
)

func destinationFor(t *testing.T, folder string, entries ...message.Entry) *Destination {
	t.Helper()
	destination, err := NewDestination(folder, 0o022)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = destination.Close() })
	if err := destination.Place(&message.Offer{Kind: message.Files, Entries: entries}); err != nil {
		t.Fatal(err)
	}
	return destination
}

func put(t *testing.T, destination *Destination, entry int, bytes string) error {
	t.Helper()
	part, err := destination.NewPart(entry)
	if err != nil {
		return err
	}
	if err := part.Write([]byte(bytes)); err != nil {
		t.Fatal(err)
	}
	return part.Complete()
}

func has(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Fatalf("%s has %q, %v", path, got, err)
	}
}

func TestANameThatIsTakenWhileTheFileComes(t *testing.T) {
	folder := t.TempDir()
	destination := destinationFor(t, folder, message.Entry{Path: "a", Type: message.File, Size: 3})
	part, err := destination.NewPart(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "a"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := part.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := part.Complete(); err != nil {
		t.Fatal(err)
	}
	has(t, filepath.Join(folder, "a"), "mine")
	has(t, filepath.Join(folder, "a (1)"), "new")
	if names := destination.SavedAs(); names[0] != "a (1)" {
		t.Fatalf("saved as %v", names)
	}
}

func TestAPartThatIsThereIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.part"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := put(t, destinationFor(t, folder, message.Entry{Path: "a", Type: message.File, Size: 3}), 0, "new"); err != nil {
		t.Fatal(err)
	}
	has(t, filepath.Join(folder, "a.part"), "mine")
	has(t, filepath.Join(folder, "a"), "new")
}

// Someone on this machine puts a link in the place of a folder of the transfer.
func TestALinkThatLeadsOutIsNotFollowed(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	destination := destinationFor(t, folder,
		message.Entry{Path: "d", Type: message.Dir}, message.Entry{Path: "d/a", Type: message.File, Size: 3})
	if err := destination.MakeDir(0); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "d")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "d")); err != nil {
		t.Fatal(err)
	}
	if err := put(t, destination, 1, "new"); !duet.HasCode(err, duet.CannotWrite) {
		t.Fatalf("got %v", err)
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Fatalf("written outside: %v", entries)
	}
}

func TestATopmostLinkNamesWhatCameWithIt(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	destination := destinationFor(t, folder,
		message.Entry{Path: "a", Type: message.File, Size: 3}, message.Entry{Path: "l", Type: message.Link, Target: "a"})
	if err := put(t, destination, 0, "new"); err != nil {
		t.Fatal(err)
	}
	if err := destination.MakeLink(1); err != nil {
		t.Fatal(err)
	}
	has(t, filepath.Join(folder, "l"), "new")
}

func TestAnOfferThatThereIsNoRoomForIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	folder := t.TempDir()
	if _, known := room(folder); !known {
		t.Skip("this system does not say how much room there is")
	}
	destination, err := NewDestination(folder, 0o022)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = destination.Close() }()
	const size = 1 << 52
	offer := &message.Offer{Kind: message.Files, Bytes: size, Entries: []message.Entry{{Path: "a", Type: message.File, Size: size}}}
	if err := destination.Place(offer); !duet.HasCode(err, duet.NoSpace) {
		t.Fatalf("got %v", err)
	}
	offer.Bytes = message.Unknown
	offer.Entries[0].Size = message.Unknown
	if err := destination.Place(offer); err != nil {
		t.Fatalf("a stream of unknown size: %v", err)
	}
}
