// Command problems shows what goes wrong, as a program sees it. It asks a relay
// for a channel, with a uuid that has no seat there:
//
//	go run ./examples/problems http://127.0.0.1:8153 4821
//
// and prints one line of JSON, the problem's code, message and hint, and ends
// with 1; or the round of the channel.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	duet "github.com/duet-relay/duet/clients/go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: problems RELAY CHANNEL")
		os.Exit(2)
	}
	round, err := roundOf(context.Background(), os.Args[1], os.Args[2])
	var problem *duet.Problem
	switch {
	case errors.As(err, &problem):
		show(map[string]any{"code": problem.Code, "message": problem.Message, "hint": problem.Hint})
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	default:
		show(map[string]any{"round": round})
	}
}

// roundOf makes the call once: a relay that is away is a problem too.
func roundOf(ctx context.Context, address, channel string) (int, error) {
	client, err := duet.NewClient(address, duet.WithRetryFor(0))
	if err != nil {
		return 0, err
	}
	state, err := client.Channel(ctx, duet.Round{Channel: channel}, 0)
	if err != nil {
		return 0, err
	}
	return state.Round, nil
}

func show(fields map[string]any) {
	if err := json.NewEncoder(os.Stdout).Encode(fields); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
