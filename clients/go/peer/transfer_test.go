package peer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/testrelay"
	"github.com/duet-relay/duet/clients/go/peer"
)

// outcome is what one side ended with.
type outcome struct {
	summary *peer.Summary
	err     error
}

// sendAs begins to send, and returns the code.
func sendAs(t *testing.T, ctx context.Context, options peer.SendOptions) (code string, ended <-chan outcome) {
	t.Helper()
	if options.Relay == "" {
		options.Relay = testrelay.URL(t)
	}
	codes, outcomes := make(chan string, 1), make(chan outcome, 1)
	options.OnCode = func(code string) { codes <- code }
	go func() {
		summary, err := peer.Send(ctx, options)
		outcomes <- outcome{summary, err}
	}()
	select {
	case code := <-codes:
		return code, outcomes
	case ended := <-outcomes:
		t.Fatalf("no code: %v", ended.err)
		return "", nil
	}
}

func receiveAs(t *testing.T, ctx context.Context, options peer.ReceiveOptions) outcome {
	t.Helper()
	if options.Relay == "" {
		options.Relay = testrelay.URL(t)
	}
	if options.Consent == nil {
		options.Consent = peer.AcceptAll
	}
	summary, err := peer.Receive(ctx, options)
	return outcome{summary, err}
}

// wrong replaces the last word of a code by another.
func wrong(code string) string {
	head := code[:strings.LastIndexByte(code, '-')+1]
	if strings.HasSuffix(code, "-cactus") {
		return head + "lemon"
	}
	return head + "cactus"
}

func TestFilesAndFolders(t *testing.T) {
	for _, suite := range peer.Suites() {
		t.Run(suite, func(t *testing.T) {
			folder, big := tree(t), content(5<<20)
			file := write(t, filepath.Join(t.TempDir(), "big.bin"), big)
			out := filepath.Join(t.TempDir(), "inbox")
			code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{folder, file}, Suite: suite})
			received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: out})
			sent := <-ended
			if received.err != nil || sent.err != nil {
				t.Fatal(received.err, sent.err)
			}
			sameTree(t, filepath.Join(out, "tree"), folder)
			sameFile(t, filepath.Join(out, "big.bin"), big)
			if sent.summary.Entries != 10 || received.summary.Entries != 10 || sent.summary.Bytes != received.summary.Bytes {
				t.Fatalf("%+v, %+v", sent.summary, received.summary)
			}
		})
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	folder := tree(t)
	file := write(t, filepath.Join(t.TempDir(), "report.pdf"), []byte("new"))
	out := t.TempDir()
	write(t, filepath.Join(out, "report.pdf"), []byte("old"))
	write(t, filepath.Join(out, "tree", "mine"), []byte("mine"))
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file, folder}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: out})
	if err := errors.Join(received.err, (<-ended).err); err != nil {
		t.Fatal(err)
	}
	sameFile(t, filepath.Join(out, "report.pdf"), []byte("old"))
	sameFile(t, filepath.Join(out, "report (1).pdf"), []byte("new"))
	sameTree(t, filepath.Join(out, "tree (1)"), folder)
	if names := strings.Join(received.summary.Names, ", "); names != "report (1).pdf, tree (1)" {
		t.Fatalf("names are %s", names)
	}
}

func TestAWrongWordEndsBothSides(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("secret"))
	out := t.TempDir()
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: wrong(code), Out: out})
	for side, err := range map[string]error{"sender": (<-ended).err, "recipient": received.err} {
		var problem *duet.Problem
		if !errors.As(err, &problem) || problem.Code != duet.WrongCode || problem.ExitCode() != 3 {
			t.Errorf("%s: %v", side, err)
		}
	}
	isEmpty(t, out)
}

func TestDeclined(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("unwanted"))
	out := t.TempDir()
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: out, Consent: func(_ context.Context, offer peer.Offer) error {
		if offer.Bytes != 8 || len(offer.Paths) != 1 || offer.Paths[0] != "a" {
			t.Errorf("offer is %+v", offer)
		}
		return errors.New("no, thanks")
	}})
	if err := (<-ended).err; !duet.HasCode(err, duet.Declined) {
		t.Errorf("sender: %v", err)
	}
	if !duet.HasCode(received.err, duet.Declined) {
		t.Errorf("recipient: %v", received.err)
	}
	isEmpty(t, out)
}

func TestCancelledByTheSender(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), content(1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	code, ended := sendAs(t, ctx, peer.SendOptions{Paths: []string{file}})
	// While the recipient makes up its mind.
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: t.TempDir(), Consent: func(context.Context, peer.Offer) error {
		cancel()
		if err := (<-ended).err; !duet.HasCode(err, duet.Interrupted) {
			t.Errorf("sender: %v", err)
		}
		return nil
	}})
	if !duet.HasCode(received.err, duet.Cancelled) {
		t.Errorf("recipient: %v", received.err)
	}
}

func TestCancelledByTheRecipient(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), content(1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}})
	received := receiveAs(t, ctx, peer.ReceiveOptions{Code: code, Out: t.TempDir(), Consent: func(context.Context, peer.Offer) error {
		cancel()
		return nil
	}})
	if err := (<-ended).err; !duet.HasCode(err, duet.Cancelled) {
		t.Errorf("sender: %v", err)
	}
	if !duet.HasCode(received.err, duet.Interrupted) {
		t.Errorf("recipient: %v", received.err)
	}
}

func TestDigitsAreTheSame(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("hello"))
	digits := make(chan string, 2)
	verify := func(_ context.Context, shown string) error { digits <- shown; return nil }
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Common: peer.Common{Verify: verify}, Paths: []string{file}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Common: peer.Common{Verify: verify}, Code: code, Out: t.TempDir()})
	if err := errors.Join(received.err, (<-ended).err); err != nil {
		t.Fatal(err)
	}
	if one, other := <-digits, <-digits; one != other || len(one) != 9 {
		t.Fatalf("digits are %q and %q", one, other)
	}
}

func TestDigitsThatDiffer(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("hello"))
	out := t.TempDir()
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}, Common: peer.Common{
		Verify: func(context.Context, string) error { return errors.New("they differ") },
	}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: out})
	for side, err := range map[string]error{"sender": (<-ended).err, "recipient": received.err} {
		if !duet.HasCode(err, duet.Interfered) {
			t.Errorf("%s: %v", side, err)
		}
	}
	isEmpty(t, out)
}

func TestACodeOfOnesOwn(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("hello"))
	channel := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(duet.NewUUID()))
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{file}, Code: channel + "-Some Pass_1"})
	if code != channel+"-some-pass-1" {
		t.Fatalf("the code is %s", code)
	}
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: t.TempDir()})
	if err := errors.Join(received.err, (<-ended).err); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsRefusedBeforeTheRelayIsAsked(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("hello"))
	missing := filepath.Join(t.TempDir(), "missing")
	send := func(change func(*peer.SendOptions)) func() error {
		return func() error {
			options := peer.SendOptions{Common: peer.Common{Relay: "http://127.0.0.1:9"}, Paths: []string{file}}
			change(&options)
			_, err := peer.Send(t.Context(), options)
			return err
		}
	}
	receive := func(change func(*peer.ReceiveOptions)) func() error {
		return func() error {
			options := peer.ReceiveOptions{
				Common: peer.Common{Relay: "http://127.0.0.1:9"}, Code: "4821-cactus-lemon", Out: t.TempDir(), Consent: peer.AcceptAll,
			}
			change(&options)
			_, err := peer.Receive(t.Context(), options)
			return err
		}
	}
	tests := map[string]struct {
		call func() error
		code duet.Code
		exit int
	}{
		"no paths":               {send(func(o *peer.SendOptions) { o.Paths = nil }), duet.Usage, 2},
		"a path that is missing": {send(func(o *peer.SendOptions) { o.Paths = []string{missing} }), duet.Usage, 2},
		"one name twice":         {send(func(o *peer.SendOptions) { o.Paths = []string{file, file} }), duet.Usage, 2},
		"a bad code to send":     {send(func(o *peer.SendOptions) { o.Code = "4821-nonsense-words" }), duet.BadCode, 2},
		"an unknown suite":       {send(func(o *peer.SendOptions) { o.Suite = "p256" }), duet.Usage, 2},
		"no relay to send":       {send(func(o *peer.SendOptions) { o.Relay = "" }), duet.Usage, 2},
		"a bad code":             {receive(func(o *peer.ReceiveOptions) { o.Code = "4821" }), duet.BadCode, 2},
		"no consent":             {receive(func(o *peer.ReceiveOptions) { o.Consent = nil }), duet.Usage, 2},
		"no folder":              {receive(func(o *peer.ReceiveOptions) { o.Out = filepath.Join(missing, "deep") }), duet.CannotWrite, 7},
		"a file for a folder":    {receive(func(o *peer.ReceiveOptions) { o.Out = file }), duet.CannotWrite, 7},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var problem *duet.Problem
			if !errors.As(test.call(), &problem) || problem.Code != test.code || problem.ExitCode() != test.exit {
				t.Fatalf("got %v", problem)
			}
		})
	}
}

func TestNobodyComes(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("hello"))
	_, ended := sendAs(t, t.Context(), peer.SendOptions{Common: peer.Common{WaitForPeer: 1}, Paths: []string{file}})
	if err := (<-ended).err; !duet.HasCode(err, duet.NobodyCame) {
		t.Fatalf("got %v", err)
	}
}

func TestNoRelay(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a"), []byte("hello"))
	_, err := peer.Send(t.Context(), peer.SendOptions{Common: peer.Common{Relay: "http://127.0.0.1:9"}, Paths: []string{file}})
	var problem *duet.Problem
	if !errors.As(err, &problem) || problem.Code != duet.RelayUnreachable || problem.ExitCode() != 4 {
		t.Fatalf("got %v", err)
	}
}

func TestAFileThatShrinks(t *testing.T) {
	folder := t.TempDir()
	shrinks := write(t, filepath.Join(folder, "in", "a"), content(3<<20))
	write(t, filepath.Join(folder, "in", "b"), []byte("whole"))
	out := t.TempDir()
	code, ended := sendAs(t, t.Context(), peer.SendOptions{Paths: []string{filepath.Join(folder, "in")}})
	received := receiveAs(t, t.Context(), peer.ReceiveOptions{Code: code, Out: out, Consent: func(context.Context, peer.Offer) error {
		return os.Truncate(shrinks, 5)
	}})
	for side, ended := range map[string]outcome{"sender": <-ended, "recipient": received} {
		var problem *duet.Problem
		if !errors.As(ended.err, &problem) || problem.ExitCode() != 1 || ended.summary == nil || ended.summary.Entries != 2 {
			t.Errorf("%s: %v, %+v", side, ended.err, ended.summary)
		}
	}
	sameFile(t, filepath.Join(out, "in", "b"), []byte("whole"))
	if _, err := os.Lstat(filepath.Join(out, "in", "a")); !os.IsNotExist(err) {
		t.Errorf("what was given up is there: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(out, "in", "a.part")); !os.IsNotExist(err) {
		t.Errorf("its part is there: %v", err)
	}
}
