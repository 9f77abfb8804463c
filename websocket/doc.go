// Package websocket serves the WebSocket protocol: RFC 6455, versions 7, 8 and 13, and
// draft 76 of 2010 for handlers whose AllowDraft76 says so. Embed [WebSocketHandler] by value and override OnMessage:
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
//  1. Prepare runs, as for any request, and may refuse it with an error or an answer.
//  2. The opening handshake is checked; one that fails is answered like a request.
//  3. The answer 101 goes out; it is logged, and OnFinish runs.
//  4. Open runs. No message is read before it returns. If it fails, the connection
//     is closed and nothing else runs.
//  5. OnMessage runs for each message, in order, one at a time.
//  6. OnConnectionClose and OnClose run once, after the last OnMessage, however the
//     connection ended. CloseCode and CloseReason tell what the peer said.
//
// Draft 76 has a step between 3 and 4: the client's challenge, 8 bytes behind its request,
// is answered. It knows text only, no pings, and closes without code or reason.
//
// Every hook runs in a coroutine of the connection's loop and may wait, with
// [ioloop.Future.Await]. While OnMessage waits, pings are answered, OnPing and
// OnPong run, and messages queue up; when too many do, the peer is held back.
//
// # Many receivers, slow receivers
//
// A [Group] sends one message to all its members, whichever loops they live on. It is
// encoded once, as by [Prepare]. What a peer does not take waits for it, without a limit
// unless the handler has [SendLimits]; Drained tells when nothing waits.
//
// # Clients
//
// [Connect] is the other end: a [ClientConnection], on the same protocol.
//
// # Under net/http
//
// An application is an http.Handler too. An upgrade then takes the connection over from
// net/http, if it is HTTP/1.1, and goes on on the application's loop.
//
// # Whose goroutine
//
// The methods of a handler belong to its loop. From another goroutine, use those that
// are named Post, or a Group; in debug mode any other call from elsewhere panics and says
// so.
package websocket
