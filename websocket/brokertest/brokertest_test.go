package brokertest

import (
	"testing"

	"github.com/gotornado/tornado/websocket"
)

// The fake server passes the tests for brokers.
func TestFakeServer(t *testing.T) {
	Run(t, func(*testing.T) TestedServer { return fakeUnderTest{NewFakeServer()} })
}

type fakeUnderTest struct{ *FakeServer }

func (s fakeUnderTest) NewBroker() websocket.Broker { return s.FakeServer.NewBroker() }

// Pause and Resume end the connections, because the fake server needs no timeouts.
func (s fakeUnderTest) Pause()  { s.Stop() }
func (s fakeUnderTest) Resume() { s.Start() }
