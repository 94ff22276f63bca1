package peer_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// when is a time that no test runs at.
var when = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

// content is bytes that are not all alike.
func content(size int) []byte {
	bytes := make([]byte, size)
	for i := range bytes {
		bytes[i] = byte(i*i>>3 + i>>11)
	}
	return bytes
}

// write makes a file, with a mode and a time to be told by.
func write(t *testing.T, path string, bytes []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree is a folder with all that a folder can have.
func tree(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "tree")
	write(t, filepath.Join(root, "a.txt"), []byte("hello\n"))
	write(t, filepath.Join(root, "empty"), nil)
	write(t, filepath.Join(root, "sub", "deep", "b.bin"), content(3<<20+7))
	write(t, filepath.Join(root, "sub", "ünïcode 名.txt"), content(16))
	if err := os.Mkdir(filepath.Join(root, "nothing in it"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../a.txt", filepath.Join(root, "sub", "link")); err != nil {
		t.Fatal(err)
	}
	return root
}

// entry is what is compared of a file.
type entry struct {
	mode  fs.FileMode
	mtime time.Time
	bytes string
}

func snapshot(t *testing.T, root string) map[string]entry {
	t.Helper()
	found := map[string]entry{}
	err := filepath.WalkDir(root, func(path string, dir fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := dir.Info()
		if err != nil {
			return err
		}
		each := entry{mode: info.Mode()}
		switch {
		case info.Mode().IsRegular():
			bytes, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			each.bytes, each.mtime = string(bytes), info.ModTime()
		case info.Mode().Type() == fs.ModeSymlink:
			if each.bytes, err = os.Readlink(path); err != nil {
				return err
			}
		}
		inside, err := filepath.Rel(root, path)
		found[inside] = each
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sameTree compares two folders, modes and times included.
func sameTree(t *testing.T, got, want string) {
	t.Helper()
	found, wanted := snapshot(t, got), snapshot(t, want)
	for path, each := range wanted {
		other, ok := found[path]
		if !ok {
			t.Errorf("%s is missing", path)
			continue
		}
		if other.mode != each.mode || !other.mtime.Equal(each.mtime) || other.bytes != each.bytes {
			t.Errorf("%s differs: %v %v, not %v %v", path, other.mode, other.mtime, each.mode, each.mtime)
		}
	}
	if len(found) != len(wanted) {
		t.Errorf("there is %v, not %v", slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(wanted)))
	}
}

func sameFile(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s has %d other bytes", path, len(got))
	}
}

// isEmpty says that nothing was left behind.
func isEmpty(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) > 0 {
		t.Fatalf("left behind: %v", entries)
	}
}
