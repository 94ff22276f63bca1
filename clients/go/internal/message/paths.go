package message

import "strings"

const (
	pathMax = 4096 // bytes
	// pathsMax bounds listed and implied paths together.
	pathsMax = 1_000_000
)

// isWirePath says what every receiver can rely on, whatever its file system.
func isWirePath(path string) bool {
	if len(path) > pathMax || strings.ContainsAny(path, "\x00\\") {
		return false
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// node is a name in its folder.
type node struct {
	kind   EntryType // empty: implied, as a folder of what was listed
	inside map[string]*node
}

// pathRegister sees to it that no path comes twice and that nothing is inside of
// what is no directory. It is a tree: what a path costs grows with its length,
// not with its length times its depth.
type pathRegister struct {
	root  node
	count int
}

func (r *pathRegister) add(path string, kind EntryType) error {
	if !isWirePath(path) {
		return badMessage("a path is not valid")
	}
	parts := strings.Split(path, "/")
	folder := &r.root
	for _, part := range parts[:len(parts)-1] {
		next := folder.inside[part]
		if next == nil {
			next = r.put(folder, part, "")
		}
		if next.kind == File || next.kind == Link {
			return badMessage("a path leads through what is no directory")
		}
		folder = next
	}
	name := parts[len(parts)-1]
	if folder.inside[name] != nil {
		return badMessage("a path comes twice, or a directory behind what is in it")
	}
	r.put(folder, name, kind)
	if r.count > pathsMax {
		return badMessage("the manifest has too many paths")
	}
	return nil
}

func (r *pathRegister) put(folder *node, name string, kind EntryType) *node {
	if folder.inside == nil {
		folder.inside = map[string]*node{}
	}
	r.count++
	// A map keeps its keys: cloned, a name does not hold the whole path.
	made := &node{kind: kind}
	folder.inside[strings.Clone(name)] = made
	return made
}
