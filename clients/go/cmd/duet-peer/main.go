// Command duet-peer sends and receives files as duet does, and asks nothing.
//
//	duet-peer send PATH... --relay URL [--code CODE] [--suite NAME]
//	duet-peer receive CODE --relay URL --out DIR
//
// It prints events on standard output, one JSON object a line, and ends with the
// exit codes of duet (docs/CLI.md).
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	duet "github.com/duet-relay/duet/clients/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], newPrinter(os.Stdout))
	stop()
	os.Exit(code)
}

// run is main without the process.
func run(ctx context.Context, args []string, out *printer) int {
	err := command(ctx, args, out)
	if err == nil {
		return 0
	}
	var problem *duet.Problem
	if !errors.As(err, &problem) {
		problem = duet.NewProblem(duet.Failed, "", err)
	}
	out.problem(problem)
	return problem.ExitCode()
}
