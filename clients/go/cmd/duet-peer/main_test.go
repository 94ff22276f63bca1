package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/duet-relay/duet/clients/go/internal/testrelay"
)

// TestMain lets the test binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv("DUET_PEER_IS_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// side is a program that sends and receives: this one, or the duet command.
type side struct {
	name    string
	command func(t *testing.T) []string
	receive []string // beside the code and the folder
	send    []string
}

var sides = []side{
	{"go", func(*testing.T) []string { return []string{os.Args[0]} }, nil, nil},
	{"duet", func(t *testing.T) []string { return testrelay.Main(t) }, []string{"--yes"}, []string{"--json"}},
}

// process is one of them, running.
type process struct {
	command *exec.Cmd
	out     *bytes.Buffer
	rest    chan error
}

func (s side) start(t *testing.T, code string, arguments ...string) *process {
	t.Helper()
	words := append(s.command(t), arguments...)
	command := exec.CommandContext(t.Context(), words[0], words[1:]...)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), "DUET_PEER_IS_PROGRAM=1", "DUET_CODE="+code, "DUET_STATE_DIR="+t.TempDir())
	return &process{command: command, out: &bytes.Buffer{}, rest: make(chan error, 1)}
}

// exit is what it ended with.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	<-p.rest
	_ = p.command.Wait()
	return p.command.ProcessState.ExitCode()
}

// send starts a sender and returns its code, from its first line.
func (s side) sendFile(t *testing.T, path string) (string, *process) {
	t.Helper()
	p := s.start(t, "", append([]string{"send", path, "--relay", testrelay.URL(t)}, s.send...)...)
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(out)
	var first struct{ Event, Code string }
	if err := decoder.Decode(&first); err != nil || first.Event != "code" {
		t.Fatalf("the first line of %s is %+v, %v", s.name, first, err)
	}
	go func() {
		_, err := io.Copy(p.out, io.MultiReader(decoder.Buffered(), out))
		p.rest <- err
	}()
	return first.Code, p
}

func (s side) receiveFile(t *testing.T, code, folder string) int {
	t.Helper()
	arguments := append([]string{"receive", "--relay", testrelay.URL(t), "--out", folder}, s.receive...)
	p := s.start(t, code, arguments...)
	p.command.Stdout = p.out
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	p.rest <- nil
	return p.exit(t)
}

func TestEverySideWithEveryOther(t *testing.T) {
	bytes := make([]byte, 20<<20)
	_, _ = rand.Read(bytes)
	path := filepath.Join(t.TempDir(), "twenty.bin")
	if err := os.WriteFile(path, bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sender := range sides {
		for _, recipient := range sides {
			t.Run(sender.name+" to "+recipient.name, func(t *testing.T) {
				folder := t.TempDir()
				code, sending := sender.sendFile(t, path)
				received := recipient.receiveFile(t, code, folder)
				if sent := sending.exit(t); sent != 0 || received != 0 {
					t.Fatalf("exits are %d and %d", sent, received)
				}
				got, err := os.ReadFile(filepath.Join(folder, "twenty.bin"))
				if err != nil || string(got) != string(bytes) {
					t.Fatalf("the bytes differ: %v", err)
				}
			})
			t.Run("a wrong word from "+sender.name+" to "+recipient.name, func(t *testing.T) {
				folder := t.TempDir()
				code, sending := sender.sendFile(t, path)
				head, last := code[:strings.LastIndexByte(code, '-')], "cactus"
				if strings.HasSuffix(code, "-cactus") {
					last = "lemon"
				}
				received := recipient.receiveFile(t, head+"-"+last, folder)
				if sent := sending.exit(t); sent != 3 || received != 3 {
					t.Fatalf("exits are %d and %d", sent, received)
				}
				if entries, _ := os.ReadDir(folder); len(entries) > 0 {
					t.Fatalf("left behind: %v", entries)
				}
			})
		}
	}
}

func TestArguments(t *testing.T) {
	for name, test := range map[string]struct {
		arguments []string
		exit      int
	}{
		"nothing":              {nil, 2},
		"an unknown command":   {[]string{"relay"}, 2},
		"no path":              {[]string{"send", "--relay", "http://127.0.0.1:9"}, 2},
		"no relay":             {[]string{"send", "a"}, 2},
		"an unknown option":    {[]string{"send", "a", "--fast"}, 2},
		"a path that is not":   {[]string{"send", "/nowhere/a", "--relay", "http://127.0.0.1:9"}, 2},
		"no code":              {[]string{"receive", "--relay", "http://127.0.0.1:9"}, 2},
		"two codes":            {[]string{"receive", "1-zebra-lemon", "2-zebra-lemon", "--relay", "http://127.0.0.1:9"}, 2},
		"a bad code":           {[]string{"receive", "1-zebra", "--relay", "http://127.0.0.1:9"}, 2},
		"no folder":            {[]string{"receive", "1-zebra-lemon", "--relay", "http://127.0.0.1:9", "--out", "/nowhere/deep"}, 7},
		"a relay that is away": {[]string{"receive", "1-zebra-lemon", "--relay", "http://127.0.0.1:9", "--out", os.TempDir()}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DUET_RELAY", "")
			t.Setenv("DUET_CODE", "")
			var out bytes.Buffer
			if got := run(t.Context(), test.arguments, newPrinter(&out)); got != test.exit {
				t.Fatalf("exit is %d: %s", got, out.String())
			}
			var event struct {
				Event, Code, Message, Hint string
				Exit                       int
			}
			if err := json.Unmarshal(out.Bytes(), &event); err != nil || event.Event != "error" || event.Exit != test.exit || event.Hint == "" {
				t.Fatalf("the last line is %s", out.String())
			}
			if strings.Contains(out.String(), "zebra") {
				t.Fatalf("the words are shown: %s", out.String())
			}
		})
	}
}
