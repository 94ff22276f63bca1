// Package testrelay gives tests a relay: the one that RELAY in the environment
// names, or the built one of this checkout, started for the test.
package testrelay

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/duet-relay/duet/clients/go/internal/vectors"
)

const startTimeout = 30 * time.Second

// endsWithUs makes node end when its standard input does, so that no relay is
// left behind, however a test ends.
const endsWithUs = "data:text/javascript,process.stdin.on('end',()=>process.exit()).resume()"

// shared is the relay of this test binary.
var shared = sync.OnceValues(start)

// process is a relay that runs. It holds the command, since the garbage collector
// would close its pipes with it.
type process struct {
	url     string
	command *exec.Cmd
}

// URL is the address of a relay that all tests of a package share.
func URL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("RELAY"); url != "" {
		return url
	}
	relay, err := shared()
	if err != nil {
		t.Fatalf("no relay: %v. Set RELAY, or build this checkout: npm ci (in %s)", err, vectors.Checkout())
	}
	return relay.url
}

// Main is the duet command of this checkout.
func Main(t testing.TB) []string {
	t.Helper()
	main := filepath.Join(vectors.Checkout(), "dist", "cli", "main.js")
	if _, err := os.Stat(main); err != nil {
		t.Fatalf("duet is not built: %v. Run: npm ci (in %s)", err, vectors.Checkout())
	}
	return []string{"node", main}
}

func start() (*process, error) {
	main := filepath.Join(vectors.Checkout(), "dist", "cli", "main.js")
	if _, err := os.Stat(main); err != nil {
		return nil, err
	}
	command := exec.Command("node", "--import", endsWithUs, main,
		"relay", "--json", "--port", "0", "--stapler-port", "0", "--rate-limit", "off")
	command.Stderr = os.Stderr
	if _, err := command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = command.Process.Kill() })
	defer stop()
	var listening struct{ HTTP string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &listening)
	}
	if err != nil {
		_ = command.Process.Kill()
		return nil, err
	}
	return &process{listening.HTTP, command}, nil
}
