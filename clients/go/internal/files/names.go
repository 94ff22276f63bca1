// Package files is between a transfer and the file system: which names may be
// stored, what a sender reads, and where a recipient writes.
package files

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// nameMax is what ext4, APFS and NTFS hold, in bytes of UTF-8.
	nameMax = 255
	// depthMax is deeper than any folder that people make.
	depthMax = 128
	// endingMax is how long an ending such as ".pdf" may be to be kept.
	endingMax = 16
)

var (
	// reserved are names of devices on Windows, with any ending.
	reserved = regexp.MustCompile(`(?i)^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\x{b9}\x{b2}\x{b3}]) *(?:\.|$)`)
	drive    = regexp.MustCompile(`(?i)^[a-z]:`)
	// ignored is what HFS+ and APFS skip when they compare names: ".gi\u200ct" was
	// once the same folder as ".git" (CVE-2014-9390).
	ignored = &unicode.RangeTable{R16: []unicode.Range16{
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
		{Lo: 0x034f, Hi: 0x034f, Stride: 1},
		{Lo: 0x180b, Hi: 0x180e, Stride: 1},
		{Lo: 0x200b, Hi: 0x200f, Stride: 1},
		{Lo: 0x202a, Hi: 0x202e, Stride: 1},
		{Lo: 0x2060, Hi: 0x206f, Stride: 1},
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1},
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
	}, LatinOffset: 1}
	fold = cases.Fold()
)

// nameFault says why a name may not be stored, as the end of a sentence that
// begins with the name; empty when it may. The rules are the same everywhere:
// what one machine stores, each other must be able to hold too.
func nameFault(name string) string {
	switch {
	case name == "", name == ".", name == "..":
		return "is not a name"
	case strings.ContainsAny(name, `/\`):
		return "holds a path separator"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "holds a control character"
	case !utf8.ValidString(name):
		return "is not valid Unicode"
	case drive.MatchString(name):
		return "begins with a drive letter"
	case strings.HasSuffix(name, "."), strings.HasSuffix(name, " "):
		return "ends in a dot or a space"
	case reserved.MatchString(name):
		return "is the name of a device on Windows"
	case collisionKey(name) == "":
		return "has no visible character"
	case len(name) > nameMax:
		return "is longer than 255 bytes"
	}
	return platformFault(name)
}

// pathFault is nameFault for every part of a path, and for its depth.
func pathFault(path string) string {
	if strings.Count(path, "/") >= depthMax {
		return "is more than 128 folders deep"
	}
	for name := range strings.SplitSeq(path, "/") {
		if fault := nameFault(name); fault != "" {
			return fault
		}
	}
	return ""
}

// collisionKey is the same for names that may be one file somewhere: where case,
// normalisation or invisible characters do not count.
func collisionKey(name string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(ignored, r) {
			return -1
		}
		return r
	}, name)
	return norm.NFD.String(fold.String(norm.NFD.String(visible)))
}

// linkLeadsTo finds where a link leads, from names alone. Only leading ".."
// count: behind a name they would turn around in a folder that may itself be a
// link. It returns the path in the same transfer, below the same topmost folder
// or, for a topmost link, beside it.
func linkLeadsTo(path, target string) (string, bool) {
	if target == "" || strings.HasPrefix(target, "/") || strings.Contains(target, `\`) {
		return "", false
	}
	folder := strings.Split(path, "/")
	folder = folder[:len(folder)-1]
	// The topmost folder is what people see arrive: a link may not leave it.
	floor := min(len(folder), 1)
	upwards := true
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == "" || part == ".":
		case part == "..":
			if !upwards || len(folder) <= floor {
				return "", false
			}
			folder = folder[:len(folder)-1]
		case nameFault(part) != "":
			return "", false
		default:
			upwards = false
			folder = append(folder, part)
		}
	}
	return strings.Join(folder, "/"), len(folder) > 0
}

// numberedName makes "report (1).pdf" of "report.pdf". What is too long loses its
// end, never its ending.
func numberedName(name string, number int) string {
	split := strings.LastIndexByte(name, '.')
	if split <= 0 || len(name)-split > endingMax {
		split = len(name)
	}
	tail := " (" + strconv.Itoa(number) + ")" + name[split:]
	return shortened(name[:split], nameMax-len(tail)) + tail
}

// partName is what a file is called that is not complete.
func partName(name, mark string) string {
	tail := ".part"
	if mark != "" {
		tail = "." + mark + tail
	}
	return shortened(name, nameMax-len(tail)) + tail
}

// shortened is the longest beginning of whole characters in so many bytes.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return strings.TrimRight(text[:most], ". ")
}

// topOf is the first part of a path: what appears in the folder that receives.
func topOf(path string) string {
	top, _, _ := strings.Cut(path, "/")
	return top
}
