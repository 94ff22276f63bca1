package files

import (
	"strings"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/message"
)

func TestNamesThatMayNotBeStored(t *testing.T) {
	refused := []string{
		"", ".", "..", "a/b", `a\b`, "a\x00", "a\nb", "a\x7f", "a\u0085", "\xff", "c:", "C:evil", "a.", "a ", "nul",
		"NUL.txt", "con", "Com1", "lpt\u00b9.log", "conin$", "aux .c", "\u200b", "\u2060\ufeff", strings.Repeat("é", 128),
	}
	for _, name := range refused {
		if nameFault(name) == "" {
			t.Errorf("%q is taken", name)
		}
	}
	taken := []string{"a", ".hidden", "a b", "nulls", "com", "com10", "a.b.c", "名", "ünï", "👩\u200d💻", strings.Repeat("é", 127)}
	for _, name := range taken {
		if fault := nameFault(name); fault != "" {
			t.Errorf("%q %s", name, fault)
		}
	}
}

func TestOffersThatAreRefused(t *testing.T) {
	file := func(path string) message.Entry { return message.Entry{Path: path, Type: message.File} }
	link := func(path, target string) message.Entry {
		return message.Entry{Path: path, Type: message.Link, Target: target}
	}
	for name, test := range map[string]struct {
		entries []message.Entry
		taken   bool
	}{
		"a plain file":                           {[]message.Entry{file("a")}, true},
		"a way up":                               {[]message.Entry{file("../a")}, false},
		"a device":                               {[]message.Entry{file("d/nul.txt")}, false},
		"names that differ in case":              {[]message.Entry{file("a"), file("A")}, false},
		"folders that differ in case":            {[]message.Entry{file("d/a"), file("D/b")}, false},
		"names that differ in normal form":       {[]message.Entry{file("é"), file("e\u0301")}, false},
		"names that differ in what is not seen":  {[]message.Entry{file(".git"), file(".gi\u200ct")}, false},
		"a sharp s and two":                      {[]message.Entry{file("ß"), file("SS")}, false},
		"129 folders":                            {[]message.Entry{file(strings.Repeat("d/", 128) + "a")}, false},
		"128 of them":                            {[]message.Entry{file(strings.Repeat("d/", 127) + "a")}, true},
		"a link inside":                          {[]message.Entry{file("d/a"), link("d/l", "a")}, true},
		"a link up and down again":               {[]message.Entry{file("d/a"), link("d/e/l", "../a")}, true},
		"a link out":                             {[]message.Entry{link("d/l", "../../etc/passwd")}, false},
		"a link beside its topmost folder":       {[]message.Entry{file("b"), link("d/l", "../b")}, false},
		"an absolute link":                       {[]message.Entry{link("d/l", "/etc/passwd")}, false},
		"a link that turns around behind a name": {[]message.Entry{link("d/l", "e/../../..")}, false},
		"a topmost link to what comes along":     {[]message.Entry{file("a"), link("l", "a")}, true},
		"a topmost link to what lies there":      {[]message.Entry{link("l", "mine")}, false},
		"a link with a backslash":                {[]message.Entry{link("d/l", `..\..\a`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckOffer(&message.Offer{Kind: message.Files, Entries: test.entries})
			switch {
			case test.taken && err != nil:
				t.Fatal(err)
			case !test.taken && !duet.HasCode(err, duet.BadMessage):
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestNumberedAndPartNames(t *testing.T) {
	long := strings.Repeat("é", 127)
	for _, test := range []struct{ got, want string }{
		{numberedName("report.pdf", 1), "report (1).pdf"},
		{numberedName("report", 12), "report (12)"},
		{numberedName(".zshrc", 1), ".zshrc (1)"},
		{numberedName("a.tar.gz", 1), "a.tar (1).gz"},
		{numberedName(long, 1), strings.Repeat("é", 125) + " (1)"},
		{partName("a", ""), "a.part"},
		{partName("a", "12ab"), "a.12ab.part"},
	} {
		if test.got != test.want {
			t.Errorf("%q, not %q", test.got, test.want)
		}
	}
	if name := partName(long, "0123456789ab"); len(name) > nameMax || nameFault(name) != "" {
		t.Errorf("%q is too long", name)
	}
}

func FuzzLinks(f *testing.F) {
	f.Add("d/l", "../a/b")
	f.Add("l", "a/..")
	f.Fuzz(func(t *testing.T, path, target string) {
		if pathFault(path) != "" {
			return
		}
		leadsTo, ok := linkLeadsTo(path, target)
		if !ok {
			return
		}
		if pathFault(leadsTo) != "" {
			t.Fatalf("%q in %q leads to %q", target, path, leadsTo)
		}
		if strings.Contains(path, "/") && topOf(leadsTo) != topOf(path) {
			t.Fatalf("%q in %q leads out, to %q", target, path, leadsTo)
		}
	})
}
