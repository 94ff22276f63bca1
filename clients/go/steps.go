package duet

import (
	"context"
	"time"

	"github.com/duet-relay/duet/clients/go/relay"
)

// Role is a side of a channel.
type Role string

// The two sides.
const (
	Sender    Role = "sender"
	Recipient Role = "recipient"
)

// Round names one key agreement in a channel. A call in a round that is over is
// refused with [RoundOver]; Number 0 is whichever round there is.
type Round struct {
	Channel string
	Number  int
}

// Reason says why a channel is closed.
type Reason string

// The reasons that there are.
const (
	ReasonDone       Reason = "done"
	ReasonWrongCode  Reason = "wrong-code"
	ReasonInterfered Reason = "interfered"
	ReasonDeclined   Reason = "declined"
	ReasonCancelled  Reason = "cancelled"
	ReasonFailed     Reason = "failed"
)

// OpenRequest asks for a seat in a channel.
type OpenRequest struct {
	// Channel may be left empty by a sender: then the relay chooses a name.
	Channel string
	// Role is the sender's when empty.
	Role Role
	// Wait, for a recipient: until the channel and x are there, at most MaxWait.
	Wait time.Duration
}

// Open takes a seat, or the same seat again: steps 1 and 5.
func (c *Client) Open(ctx context.Context, request OpenRequest) (*relay.OpenedChannel, error) {
	body := relay.OpenChannelBody{Channel: optional(request.Channel), Role: optional(relay.OpenChannelBodyRole(request.Role))}
	params := &relay.OpenChannelParams{Wait: seconds(request.Wait)}
	budget := c.budget
	if c.uuid == "" {
		// The relay could not tell a repeated call from another one.
		budget = 0
	}
	return call(ctx, budget, request.Wait, func(ctx context.Context) (*relay.OpenChannelResponse, error) {
		return c.api.OpenChannelWithResponse(ctx, params, body)
	}, (*relay.OpenChannelResponse).GetJSON200)
}

// Channel returns the public state, once x is there: step 5.
func (c *Client) Channel(ctx context.Context, at Round, wait time.Duration) (*relay.ChannelState, error) {
	params := &relay.GetChannelParams{Round: optional(at.Number), Wait: seconds(wait)}
	return call(ctx, c.budget, wait, func(ctx context.Context) (*relay.GetChannelResponse, error) {
		return c.api.GetChannelWithResponse(ctx, at.Channel, params)
	}, (*relay.GetChannelResponse).GetJSON200)
}

// PostX leaves the sender's share: step 3.
func (c *Client) PostX(ctx context.Context, at Round, x, curve string) error {
	share := relay.SenderShare{X: x, Curve: curve, Round: optional(at.Number)}
	_, err := c.postShare(ctx, at, func(body *relay.PostToChannelBody) error { return body.FromSenderShare(share) })
	return err
}

// PostY leaves the recipient's share and proof: step 7. The answer says where
// the stapler is.
func (c *Client) PostY(ctx context.Context, at Round, y, hhK string) (*relay.Stapler, error) {
	share := relay.RecipientShare{Y: y, HhK: hhK, Round: optional(at.Number)}
	posted, err := c.postShare(ctx, at, func(body *relay.PostToChannelBody) error { return body.FromRecipientShare(share) })
	if err != nil {
		return nil, err
	}
	if posted.Stapler == nil {
		return nil, notARelay(200)
	}
	return posted.Stapler, nil
}

func (c *Client) postShare(ctx context.Context, at Round, fill func(*relay.PostToChannelBody) error) (*relay.PostedShare, error) {
	var body relay.PostToChannelBody
	if err := fill(&body); err != nil {
		return nil, NewProblem(Usage, "", err)
	}
	return call(ctx, c.budget, 0, func(ctx context.Context) (*relay.PostToChannelResponse, error) {
		return c.api.PostToChannelWithResponse(ctx, at.Channel, body)
	}, (*relay.PostToChannelResponse).GetJSON200)
}

// Y returns the recipient's share and proof: step 7.
func (c *Client) Y(ctx context.Context, at Round, wait time.Duration) (*relay.ReceivedY, error) {
	params := &relay.GetYParams{Round: optional(at.Number), Wait: seconds(wait)}
	return call(ctx, c.budget, wait, func(ctx context.Context) (*relay.GetYResponse, error) {
		return c.api.GetYWithResponse(ctx, at.Channel, params)
	}, (*relay.GetYResponse).GetJSON200)
}

// PostHK reveals h_k, once hh_k was checked: step 9.
func (c *Client) PostHK(ctx context.Context, at Round, hK string) (*relay.PostedHk, error) {
	body := relay.PostHkBody{HK: hK, Round: optional(at.Number)}
	return call(ctx, c.budget, 0, func(ctx context.Context) (*relay.PostHkResponse, error) {
		return c.api.PostHkWithResponse(ctx, at.Channel, body)
	}, (*relay.PostHkResponse).GetJSON200)
}

// HK returns what the sender revealed: step 10.
func (c *Client) HK(ctx context.Context, at Round, wait time.Duration) (*relay.ReceivedHk, error) {
	params := &relay.GetHkParams{Round: optional(at.Number), Wait: seconds(wait)}
	return call(ctx, c.budget, wait, func(ctx context.Context) (*relay.GetHkResponse, error) {
		return c.api.GetHkWithResponse(ctx, at.Channel, params)
	}, (*relay.GetHkResponse).GetJSON200)
}

// OpenSender says that the sender connects: step 11. Peers need not call it.
func (c *Client) OpenSender(ctx context.Context, at Round) (*relay.OpenedConnection, error) {
	body := relay.OpenSenderPostBody{Round: optional(at.Number)}
	return call(ctx, c.budget, 0, func(ctx context.Context) (*relay.OpenSenderPostResponse, error) {
		return c.api.OpenSenderPostWithResponse(ctx, at.Channel, body)
	}, (*relay.OpenSenderPostResponse).GetJSON200)
}

// OpenRecipient says that the recipient connects: step 13. Peers need not call
// it.
func (c *Client) OpenRecipient(ctx context.Context, at Round) (*relay.OpenedConnection, error) {
	body := relay.OpenRecipientPostBody{Round: optional(at.Number)}
	return call(ctx, c.budget, 0, func(ctx context.Context) (*relay.OpenRecipientPostResponse, error) {
		return c.api.OpenRecipientPostWithResponse(ctx, at.Channel, body)
	}, (*relay.OpenRecipientPostResponse).GetJSON200)
}

// IsReady says whether the two connections are stapled together: step 16.
func (c *Client) IsReady(ctx context.Context, at Round, wait time.Duration) (bool, error) {
	params := &relay.IsReadyParams{Round: optional(at.Number), Wait: seconds(wait)}
	readiness, err := call(ctx, c.budget, wait, func(ctx context.Context) (*relay.IsReadyResponse, error) {
		return c.api.IsReadyWithResponse(ctx, at.Channel, params)
	}, (*relay.IsReadyResponse).GetJSON200)
	if err != nil {
		return false, err
	}
	return readiness.Ready, nil
}

// Close closes a channel for both sides: step 18. The first reason stands.
func (c *Client) Close(ctx context.Context, at Round, reason Reason) error {
	body := relay.CloseChannelPostBody{Round: optional(at.Number), Reason: optional(relay.CloseChannelPostBodyReason(reason))}
	_, err := call(ctx, c.budget, 0, func(ctx context.Context) (*relay.CloseChannelPostResponse, error) {
		return c.api.CloseChannelPostWithResponse(ctx, at.Channel, body)
	}, (*relay.CloseChannelPostResponse).GetJSON200)
	return err
}

// Health returns the version of the relay and what it allows.
func (c *Client) Health(ctx context.Context) (*relay.Health, error) {
	return call(ctx, c.budget, 0, func(ctx context.Context) (*relay.HealthResponse, error) {
		return c.api.HealthWithResponse(ctx)
	}, (*relay.HealthResponse).GetJSON200)
}

// optional leaves out what is zero.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// seconds leaves out no wait. What is not a whole second is rounded up.
func seconds(wait time.Duration) *int {
	return optional(int((wait + time.Second - 1) / time.Second))
}
