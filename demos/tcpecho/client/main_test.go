package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// ask runs the client of this directory for a message.
func ask(t *testing.T, server *demotest.Program, message string) string {
	t.Helper()
	output, status := demotest.Run(t, "--host=127.0.0.1", fmt.Sprintf("--port=%d", server.Port()), "--message="+message)
	require.Equal(t, 0, status, output)
	return output
}

func TestTheClientPrintsTheReply(t *testing.T) {
	server := demotest.StartNeighbor(t, "../server")
	for _, message := range []string{"ping", "two words", "café", ""} {
		require.Equal(t, "Sent to server: "+message+"\nResponse from server: "+message+"\n", ask(t, server, message))
	}
}

func TestAServerThatDoesNotListen(t *testing.T) {
	output, status := demotest.Run(t, "--host=127.0.0.1", "--port=1")
	require.Equal(t, 1, status)
	require.Contains(t, output, "connection refused")
}

// Each of the two clients gets the same from each of the two servers.
func TestBothClientsAndBothServers(t *testing.T) {
	server, client := demotest.FindOriginal(t, "tcpecho/server.py"), demotest.FindOriginal(t, "tcpecho/client.py")
	for name, server := range map[string]*demotest.Program{"original": server.Start(), "here": demotest.StartNeighbor(t, "../server")} {
		want, status := client.Run("--host=127.0.0.1", fmt.Sprintf("--port=%d", server.Port()), "--message=hello, you")
		require.Equal(t, 0, status, want)
		require.Equal(t, want, ask(t, server, "hello, you"), "server: %s", name)
	}
}
