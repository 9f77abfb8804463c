package redis_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/websocket"
	"github.com/gotornado/tornado/websocket/brokertest"
	"github.com/gotornado/tornado/websocket/redis"
)

// startRedis starts a Redis server that stores nothing.
func startRedis(t *testing.T, args ...string) *brokertest.ProgramServer {
	program := peers.Program(t, "redis-server")
	return brokertest.StartProgram(t, func(port int) *exec.Cmd {
		cmd := exec.Command(program, append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"}, args...)...)
		cmd.Dir = t.TempDir()
		return cmd
	}, func(port int) websocket.Broker {
		return &redis.Broker{URL: fmt.Sprintf("redis://127.0.0.1:%d", port)}
	})
}

func TestBroker(t *testing.T) { // cluster-25
	brokertest.Run(t, func(t *testing.T) brokertest.TestedServer { return startRedis(t) })
}

// A server that is killed and started again loses no message.
func TestKilled(t *testing.T) { // cluster-4, cluster-5, cluster-18, cluster-23
	brokertest.RunKilled(t, func(t *testing.T) brokertest.TestedServer { return startRedis(t) })
}

// A mistake in the configuration is an error of Open.
func TestMistakes(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1", "redis://user:secret@127.0.0.1:port", "://"} {
		err := (&redis.Broker{URL: url}).Open(nil)
		require.ErrorContains(t, err, "redis: Broker.URL: ", url)
		require.NotContains(t, err.Error(), "secret")
	}
}
