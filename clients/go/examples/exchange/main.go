// Command exchange plays both sides of the REST exchange at a relay, and sends a
// line through the stapler. It agrees on no key: see package peer for that.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	duet "github.com/duet-relay/duet/clients/go"
)

// What two sides of a real exchange would compute. The relay does not look
// inside, for it does not know the suite "example".
const (
	hK  = "4PZ2ALX8Z9zQvDuu3VWPbhkO0HHc9Y3Ocz2BtqLIhSE"
	hhK = "vJpgAHlzPAiEbGa35EIQDVUBWBwlpyKiHqyUPTrOyPM"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := exchange(ctx, os.Getenv("RELAY"))
	var problem *duet.Problem
	if errors.As(err, &problem) {
		log.Fatalf("%s (%s). %s", problem.Message, problem.Code, problem.Hint)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func exchange(ctx context.Context, address string) error {
	sender, err := duet.NewClient(address)
	if err != nil {
		return err
	}
	opened, err := sender.Open(ctx, duet.OpenRequest{Role: duet.Sender})
	if err != nil {
		return err
	}
	at := duet.Round{Channel: opened.Channel, Number: opened.Round}
	fmt.Println("the channel is", at.Channel)
	if err := sender.PostX(ctx, at, "x-of-the-sender", "example"); err != nil {
		return err
	}
	received := make(chan error, 1)
	go func() { received <- receive(ctx, address, at.Channel) }()

	// The relay holds the answer back until the other side has done its step.
	if _, err := sender.Y(ctx, at, duet.MaxWait); err != nil {
		return err
	}
	posted, err := sender.PostHK(ctx, at, hK)
	if err != nil {
		return err
	}
	conn, err := sender.Staple(ctx, duet.Sender, at.Channel, hK, posted.Stapler)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintln(conn, "hello from the other side"); err != nil {
		return err
	}
	return <-received
}

func receive(ctx context.Context, address, channel string) error {
	recipient, err := duet.NewClient(address)
	if err != nil {
		return err
	}
	joined, err := recipient.Open(ctx, duet.OpenRequest{Channel: channel, Role: duet.Recipient, Wait: duet.MaxWait})
	if err != nil {
		return err
	}
	at := duet.Round{Channel: channel, Number: joined.Round}
	stapler, err := recipient.PostY(ctx, at, "y-of-the-recipient", hhK)
	if err != nil {
		return err
	}
	revealed, err := recipient.HK(ctx, at, duet.MaxWait)
	if err != nil {
		return err
	}
	conn, err := recipient.Staple(ctx, duet.Recipient, channel, revealed.HK, *stapler)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	fmt.Print("received: ", line)
	return recipient.Close(ctx, at, duet.ReasonDone)
}
