// Package websocket serves the WebSocket protocol: RFC 6455, versions 7, 8 and 13, and draft
// 76 of 2010 for handlers whose AllowDraft76 returns true. Embed [WebSocketHandler] by value
// and override OnMessage:
//
//	type Echo struct{ websocket.WebSocketHandler }
//
//	func (e *Echo) OnMessage(m websocket.Message) error {
//		return e.WriteMessage(websocket.Text("You said: " + m.String()))
//	}
//
//	var _ websocket.Handler = (*Echo)(nil) // a mistyped hook fails to compile here
//
//	app := web.NewApplication([]web.URLSpec{web.URL(`/ws`, Echo{})}, web.Settings{})
//
// # The life of a connection
//
//  1. Prepare runs, as for any request. It may refuse the request with an error or a response.
//  2. The opening handshake is checked. The response to an invalid one is an ordinary error.
//  3. The response 101 is sent and logged, and OnFinish runs.
//  4. Open runs. No message is read before it returns. If it fails, the connection is closed
//     and no other hook runs.
//  5. OnMessage runs for each message, in order, one at a time.
//  6. OnConnectionClose and OnClose run once, after the last OnMessage, for whatever reason the
//     connection has ended. CloseCode and CloseReason have the content of the peer's close frame.
//
// Draft 76 has a step between 3 and 4: the client sends a challenge of 8 bytes after its
// request, and the server responds to it. The draft has text messages only, no pings, and no
// close codes and reasons.
//
// Every hook runs in a coroutine of the connection's loop and may wait, with
// [ioloop.Future.Await]. While OnMessage waits, pongs are sent, OnPing and OnPong run, and
// messages are queued. If too many are queued, reading from the peer stops.
//
// # Many receivers, slow receivers
//
// A [Group] sends one message to all its members, on any loop. The message is encoded once, as
// by [Prepare]. Messages wait for a peer that reads slowly, without a limit unless the handler
// has [SendLimits]. The future of Drained is done when no output waits.
//
// # Clients
//
// [Connect] opens a connection to a server and returns a [ClientConnection].
//
// # Below net/http
//
// An application is an http.Handler too. An upgrade then takes an HTTP/1.1 connection over from
// net/http, and the handler runs on the application's loop.
//
// # Goroutines
//
// The methods of a handler belong to its loop. On another goroutine, use a Group or the methods
// whose names begin with Post. In debug mode, any other call on another goroutine panics with
// an explanation.
package websocket
