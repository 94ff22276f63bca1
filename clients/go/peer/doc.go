// Package peer is a whole peer of duet: it agrees on a key with the other side
// through a relay, connects to it through the stapler, and sends or receives
// files, end-to-end encrypted (docs/PROTOCOL.md).
//
//	err := peer.Send(ctx, peer.SendOptions{
//		Relay:  "https://relay.example",
//		Paths:  []string{"holiday.jpg"},
//		OnCode: func(code string) { fmt.Println("the other side types", code) },
//	})
//
// and on the other computer
//
//	summary, err := peer.Receive(ctx, peer.ReceiveOptions{
//		Relay:   "https://relay.example",
//		Code:    "4821-cactus-lemon-violin",
//		Out:     "inbox",
//		Consent: peer.AcceptAll,
//	})
//
// Errors are [*duet.Problem]. A connection that is lost is made again; a context
// that ends tells the other side.
package peer
