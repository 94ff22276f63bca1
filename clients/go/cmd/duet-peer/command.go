package main

import (
	"context"
	"flag"
	"io"
	"os"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/peer"
)

const usage = `use: duet-peer send PATH... --relay URL, or duet-peer receive CODE --relay URL --out DIR`

// options are those of both commands.
type options struct {
	relay, code, suite, out string
	wait                    int // seconds
}

func command(ctx context.Context, args []string, out *printer) error {
	if len(args) == 0 {
		return bad(usage)
	}
	var given options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the problem says it
	flags.StringVar(&given.relay, "relay", os.Getenv("DUET_RELAY"), "")
	flags.IntVar(&given.wait, "wait-for-peer", int(peer.DefaultWait/time.Second), "")
	switch args[0] {
	case "send":
		flags.StringVar(&given.code, "code", "", "")
		flags.StringVar(&given.suite, "suite", "", "")
	case "receive":
		flags.StringVar(&given.out, "out", ".", "")
	default:
		return bad(usage)
	}
	rest, err := parse(flags, args[1:])
	if err != nil {
		return bad(err.Error() + "; " + usage)
	}
	if given.relay == "" {
		return bad("the relay is missing: --relay URL")
	}
	if args[0] == "send" {
		return send(ctx, rest, given, out)
	}
	return receive(ctx, rest, given, out)
}

// parse takes options before, between and behind what is no option, as people
// write them; package flag stops at the first that is none.
func parse(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		left := flags.Args()
		if len(left) == 0 {
			return rest, nil
		}
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		rest = append(rest, left[0])
		args = left[1:]
	}
}

func send(ctx context.Context, paths []string, given options, out *printer) error {
	if len(paths) == 0 {
		return bad("the path is missing; " + usage)
	}
	summary, err := peer.Send(ctx, peer.SendOptions{
		Common: common(given, out),
		Paths:  paths,
		Code:   given.code,
		Suite:  given.suite,
		OnCode: func(code string) { out.code(code, given.relay) },
	})
	if err != nil {
		return err
	}
	out.done(summary)
	return nil
}

func receive(ctx context.Context, codes []string, given options, out *printer) error {
	code := os.Getenv("DUET_CODE")
	switch {
	case len(codes) == 1:
		code = codes[0]
	case len(codes) > 1 || code == "":
		return bad("one code is needed; " + usage)
	}
	mask := umask()
	summary, err := peer.Receive(ctx, peer.ReceiveOptions{
		Common:  common(given, out),
		Code:    code,
		Out:     given.out,
		Consent: peer.AcceptAll,
		Umask:   &mask,
	})
	if err != nil {
		return err
	}
	out.done(summary)
	return nil
}

func common(given options, out *printer) peer.Common {
	shared := peer.Common{Relay: given.relay, WaitForPeer: time.Duration(given.wait) * time.Second, OnEvent: out.event}
	if token := os.Getenv("DUET_ACCESS_TOKEN"); token != "" {
		shared.Client = append(shared.Client, duet.WithAccessToken(token))
	}
	return shared
}

func bad(what string) error {
	problem := duet.NewProblem(duet.Usage, what, nil)
	problem.Hint = "See docs/CLI.md and clients/go/README.md."
	return problem
}
