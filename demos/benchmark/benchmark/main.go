// Command benchmark starts the smallest server, and measures it with Apache's program ab. On
// Debian, ab is in the package apache2-utils.
package main

import (
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/process"
	"github.com/gotornado/tornado/web"
)

var (
	// Each run has a random port, so that connections of an earlier run are not in its way.
	minPort   = options.Define("min_port", 8000, "lowest port")
	maxPort   = options.Define("max_port", 9000, "first port that is too high")
	requests  = options.Define("n", 15000, "number of requests")
	clients   = options.Define("c", 25, "number of requests at once")
	keepAlive = options.Define("keepalive", false, "send several requests on one connection")
	quiet     = options.Define("quiet", false, "leave out the progress messages")
	runs      = options.Define("num_runs", 1, "number of runs")
)

// RootHandler serves "/".
type RootHandler struct{ web.RequestHandler }

func (h *RootHandler) Get(args ...string) error { return h.WriteString("Hello, world") }

// run starts a server, and waits until ab has measured it. It runs in a coroutine of the loop,
// which serves the requests of ab meanwhile.
func run(loop *ioloop.IOLoop) error {
	app := web.NewApplication([]web.URLSpec{
		web.URL(`/`, RootHandler{}),
	}, web.Settings{
		LogFunction: func(*web.RequestHandler) {}, // no access log
	})
	port := minPort.Value() + rand.IntN(maxPort.Value()-minPort.Value())
	server, err := app.Listen(port, web.ListenOptions{Address: "127.0.0.1"})
	if err != nil {
		return err
	}
	defer server.CloseAllConnections()
	defer server.Stop()

	cmd := exec.Command("ab", arguments(port)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	ab, err := process.NewSubprocess(loop, cmd, 0)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("benchmark: install ab, for example with apt-get install apache2-utils: %w", err)
	}
	if err != nil {
		return err
	}
	_, err = ab.WaitForExit(true).Await()
	return err
}

// arguments returns the command line of ab.
func arguments(port int) []string {
	args := []string{"-n", fmt.Sprint(requests.Value()), "-c", fmt.Sprint(clients.Value())}
	if keepAlive.Value() {
		args = append(args, "-k")
	}
	if quiet.Value() {
		args = append(args, "-q")
	}
	return append(args, fmt.Sprintf("http://127.0.0.1:%d/", port))
}

func main() {
	options.ParseCommandLine()
	if minPort.Value() >= maxPort.Value() {
		log.Fatal("benchmark: max_port must be above min_port")
	}
	loop := ioloop.Instance()
	for range runs.Value() {
		if _, err := ioloop.RunSync(loop, 0, func() (struct{}, error) { return struct{}{}, run(loop) }); err != nil {
			log.Fatal(err)
		}
	}
}
