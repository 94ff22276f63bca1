package main

import (
	"encoding/json"
	"io"
	"sync"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/peer"
)

// printer writes events, each at once: standard output of Go is not buffered.
type printer struct {
	mu sync.Mutex
	to *json.Encoder
}

func newPrinter(to io.Writer) *printer {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return &printer{to: encoder}
}

func (p *printer) print(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.to.Encode(event) // a reader that is gone ends nothing
}

func (p *printer) code(code, relay string) {
	p.print(struct {
		Event string `json:"event"`
		Code  string `json:"code"`
		Relay string `json:"relay"`
	}{"code", code, relay})
}

func (p *printer) event(event peer.Event) {
	p.print(struct {
		Event peer.EventKind `json:"event"`
		Text  string         `json:"text,omitempty"`
	}{event.Kind, event.Text})
}

func (p *printer) done(summary *peer.Summary) {
	p.print(struct {
		Event   string   `json:"event"`
		Entries int64    `json:"entries"`
		Bytes   int64    `json:"bytes"`
		Names   []string `json:"names,omitempty"`
	}{"done", summary.Entries, summary.Bytes, summary.Names})
}

func (p *printer) problem(problem *duet.Problem) {
	p.print(struct {
		Event    string    `json:"event"`
		Code     duet.Code `json:"code"`
		Message  string    `json:"message"`
		Hint     string    `json:"hint"`
		ExitCode int       `json:"exit"`
	}{"error", problem.Code, problem.Message, problem.Hint, problem.ExitCode()})
}
