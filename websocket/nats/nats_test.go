package nats_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/websocket"
	"github.com/gotornado/tornado/websocket/brokertest"
	"github.com/gotornado/tornado/websocket/nats"
)

func startNATS(t *testing.T) *brokertest.ProgramServer {
	program := peers.Program(t, "nats-server")
	return brokertest.StartProgram(t, func(port int) *exec.Cmd {
		return exec.Command(program, "--addr", "127.0.0.1", "--port", strconv.Itoa(port))
	}, func(port int) websocket.Broker {
		return &nats.Broker{URL: fmt.Sprintf("nats://127.0.0.1:%d", port)}
	})
}

func TestBroker(t *testing.T) { // cluster-25
	brokertest.Run(t, func(t *testing.T) brokertest.TestedServer { return startNATS(t) })
}

// A server that is killed and started again loses no message.
func TestKilled(t *testing.T) { // cluster-4, cluster-5, cluster-18, cluster-23
	brokertest.RunKilled(t, func(t *testing.T) brokertest.TestedServer { return startNATS(t) })
}

// A mistake in the configuration is an error of Open.
func TestMistakes(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1", "nats://user:secret@127.0.0.1:port", "nats:", "nats://a:1,b"} {
		err := (&nats.Broker{URL: url}).Open(nil)
		require.ErrorContains(t, err, "nats: Broker.URL: ", url)
		require.NotContains(t, err.Error(), "secret")
	}
}
