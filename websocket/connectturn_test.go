package websocket_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket"
)

// A message in the same segment as the 101 is delivered after the code that awaits Connect has
// got the connection.
func TestTheWaiterOfConnectComesBeforeTheFirstMessage(t *testing.T) { // ws-67
	type future = *ioloop.Future[*websocket.ClientConnection]
	for name, await := range map[string]func(l *ioloop.IOLoop, f future) error{
		"Await": func(_ *ioloop.IOLoop, f future) error { _, err := f.Await(); return err },
		"WithTimeout": func(l *ioloop.IOLoop, f future) error {
			_, err := ioloop.WithTimeout(f, time.Minute).Await()
			return err
		},
		"AddDoneCallback": func(l *ioloop.IOLoop, f future) error {
			done := ioloop.NewFuture[struct{}](l)
			f.AddDoneCallback(func(future) { done.SetResult(struct{}{}) })
			_, err := done.Await()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := scripted(t, good101+"\r\n\x81\x01a\x88\x00")
			for range 20 {
				var got []string
				require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
					ended := ioloop.NewFuture[struct{}](l)
					f := websocket.Connect(l, url, websocket.ConnectOptions{OnMessage: func(m *websocket.Message) {
						if m == nil {
							ended.SetResult(struct{}{})
							return
						}
						got = append(got, describe(*m))
					}})
					if err := await(l, f); err != nil {
						return err
					}
					got = append(got, "waiter")
					_, err := ended.Await()
					return err
				}))
				if want := "waiter t:a"; strings.Join(got, " ") != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// The code that awaits Connect may end the connection immediately, before it reads.
func TestAConnectionEndedAtOnce(t *testing.T) {
	for name, end := range map[string]func(c *websocket.ClientConnection){
		"Abort": func(c *websocket.ClientConnection) { c.Abort() },
		"Close": func(c *websocket.ClientConnection) { c.Close(1000, "") },
	} {
		t.Run(name, func(t *testing.T) {
			url := scripted(t, good101+"\r\n\x88\x00")
			err := run(t, func(l *ioloop.IOLoop) error {
				c, err := websocket.Connect(l, url, websocket.ConnectOptions{}).Await()
				if err != nil {
					return err
				}
				end(c)
				_, err = c.ReadMessage().Await()
				return err
			})
			if !errors.Is(err, io.EOF) {
				t.Errorf("got %v, want EOF", err)
			}
		})
	}
}

func TestSubprotocolsAreOfferedOnce(t *testing.T) { // RFC 6455 4.1
	err := run(t, func(l *ioloop.IOLoop) error {
		_, err := websocket.Connect(l, "ws://127.0.0.1:1/", websocket.ConnectOptions{Subprotocols: []string{"a", "b", "a"}}).Await()
		return err
	})
	require.ErrorContains(t, err, `subprotocol "a" is offered twice`)
}
