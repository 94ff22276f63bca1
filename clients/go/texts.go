package duet

// Exit codes as the duet command has them (docs/CLI.md).
const (
	exitFailed      = 1
	exitUsage       = 2
	exitWrongCode   = 3
	exitRelay       = 4
	exitOtherSide   = 5
	exitLost        = 6
	exitDestination = 7
	exitInterrupted = 130
)

type text struct {
	exit    int
	message string
	hint    string
}

// texts has what is said of a problem that is met here, or by a stapler, whose
// lines bring no hint. The texts are those of the duet command.
var texts = map[Code]text{
	// Of a stapler.
	"bad_hello":      {exitRelay, "not a hello line", "Send: duet/1 <sender|recipient> <channel> <uuid or -> <h_k>"},
	"full":           {exitRelay, "channel is full", "Two addresses already use this channel. Open a new one."},
	"wrong_h_k":      {exitRelay, "another h_k than the round's", "Send the h_k of this round."},
	"not_open":       {exitRelay, "h_k is not posted yet", "The sender posts h_k before it connects."},
	"replaced":       {exitLost, "a newer connection took this place", "Connect again if it was not you."},
	"timeout":        {exitLost, "nothing came in time", "Connect again."},
	"busy":           {exitRelay, "the stapler is at its limit", "Try again shortly."},
	"unavailable":    {exitRelay, "the stapler cannot reach its relay", "Try again shortly."},
	NotYours:         {exitRelay, "not your side of the channel", "Send the uuid that you opened this side with, as Authorization: Bearer."},
	UnknownChannel:   {exitRelay, "no such channel", "Check the name, or wait for the sender with ?wait=."},
	RoundOver:        {exitRelay, "this round is over", "Open the channel again with your uuid for the next round."},
	Closed:           {exitRelay, "the channel is closed", "Open a new one."},
	RelayUnreachable: {exitRelay, "the relay cannot be reached", "Check the address and the network."},
	RelayRefused:     {exitRelay, "the relay refuses", "Read its message, or use another relay."},

	// Of a peer.
	StaplerUnreachable: {exitRelay, "the stapler cannot be reached", "Its port may be blocked by a firewall."},
	Usage:              {exitUsage, "the command is not valid", "See duet-peer -help."},
	BadCode:            {exitUsage, "this is not a code", "A code looks like 4821-cactus-lemon-violin."},
	WrongCode:          {exitWrongCode, "wrong code", "The words did not match. Start again with a new code."},
	Interfered:         {exitWrongCode, "someone interfered", "What arrived was changed on its way. Try another network or relay."},
	Declined:           {exitOtherSide, "the other side declined", "Ask them why."},
	Cancelled:          {exitOtherSide, "the other side cancelled", "Start again when they are ready."},
	NobodyCame:         {exitLost, "the other side did not come", "Run the command again when they are ready."},
	ConnectionLost:     {exitLost, "the connection was lost and did not come back", "Run the same command again."},
	NoSpace:            {exitDestination, "not enough room", "Make room at the destination, or choose another."},
	CannotWrite:        {exitDestination, "the destination cannot be written", "Check its permissions, or choose another."},
	CannotRead:         {exitFailed, "a file cannot be read", "Check its permissions."},
	BadMessage:         {exitFailed, "the other side sent what duet does not understand", "Update duet on both sides."},
	Unsupported:        {exitFailed, "the two versions cannot talk to each other", "Update duet on the older side."},
	Failed:             {exitFailed, "it failed", "Try again."},
	Interrupted:        {exitInterrupted, "interrupted", "Run the same command again."},
}
