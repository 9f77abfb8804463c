package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

func serve(t *testing.T, draft76 bool) *webtest.AppServer {
	return webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp(draft76) })
}

// read returns the next message of a client.
func read(t *testing.T, client *webtest.WebSocketClient) (m Message) {
	t.Helper()
	text := client.ReadText()
	require.NoError(t, json.Unmarshal([]byte(text), &m), text)
	return m
}

func TestEachMessageGoesToAll(t *testing.T) {
	s := serve(t, false)
	ann, ben := s.ConnectWebSocket("/chatsocket"), s.ConnectWebSocket("/chatsocket")
	ann.WriteText(`{"body": "<b>hello</b> http://example.com/", "_xsrf": "x", "unknown": [1]}`)
	first := read(t, ann)
	require.Equal(t, first, read(t, ben))
	require.Equal(t, "<b>hello</b> http://example.com/", first.Body)
	require.Contains(t, first.HTML, `id="m`+first.ID+`">&lt;b&gt;hello&lt;/b&gt; <a href="http://example.com/">`)

	ben.WriteText(`{"body": "hello, Ann"}`)
	require.Equal(t, "hello, Ann", read(t, ann).Body)

	page := demotest.NewClient(t, s.GetURL("")).Get("/").Body
	require.Equal(t, 2, strings.Count(page, `class="message"`), "a page that is opened later has the messages")
	require.Contains(t, page, first.HTML[:20])
}

func TestAnInvalidMessageIsIgnored(t *testing.T) {
	client := serve(t, false).ConnectWebSocket("/chatsocket")
	for _, invalid := range []string{"", "hello", "[]", "{}", `{"body": 1}`, `{"body": null}`, `{"body": "x"`} {
		client.WriteText(invalid)
	}
	client.WriteMessage(websocket.Binary([]byte{0xff}))
	client.WriteText(`{"body": "valid"}`)
	require.Equal(t, "valid", read(t, client).Body)
}

func TestALargeMessageEndsTheConnection(t *testing.T) {
	client := serve(t, false).ConnectWebSocket("/chatsocket")
	client.WriteText(`{"body": "` + strings.Repeat("a", 65<<10) + `"}`)
	code, _ := client.ReadClose()
	require.Equal(t, websocket.CloseMessageTooBig, code)
}

// A socket that ends without a closing handshake does not keep the others from their messages.
func TestADeadSocketDoesNotStopTheOthers(t *testing.T) {
	s := serve(t, false)
	ann, ben := s.ConnectWebSocket("/chatsocket"), s.ConnectWebSocket("/chatsocket")
	dead, response := openRaw(t, s, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
	require.Equal(t, 101, response.StatusCode)
	require.Contains(t, response.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate", "compression is on")
	require.NoError(t, dead.(*net.TCPConn).SetLinger(0)) // closes with a reset
	require.NoError(t, dead.Close())
	for _, text := range []string{"one", "two", "three"} {
		ann.WriteText(fmt.Sprintf(`{"body": %q}`, text))
		require.Equal(t, text, read(t, ann).Body)
		require.Equal(t, text, read(t, ben).Body)
	}
}

// openRaw opens a WebSocket by hand, with additional headers.
func openRaw(t *testing.T, s *webtest.AppServer, headers string) (net.Conn, *http.Response) {
	t.Helper()
	conn := s.Dial()
	fmt.Fprintf(conn, "GET /chatsocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n", s.Addr(), headers)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	return conn, response
}

func TestPagesOfOtherSitesMayNotConnect(t *testing.T) {
	_, response := openRaw(t, serve(t, false), "Origin: https://evil.example\r\n")
	require.Equal(t, 403, response.StatusCode)
}

// The handshake and the first message of draft 76, with the keys of its section 1.3.
func TestDraft76(t *testing.T) {
	handshake := func(s *webtest.AppServer) (net.Conn, *bufio.Reader, *http.Response) {
		conn := s.Dial()
		fmt.Fprintf(conn, "GET /chatsocket HTTP/1.1\r\nHost: %s\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://%[1]s\r\n"+
			"Sec-WebSocket-Key1: 4 @1  46546xW%%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U", s.Addr())
		reader := bufio.NewReader(conn)
		response, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		return conn, reader, response
	}
	_, _, refused := handshake(serve(t, false))
	require.NotEqual(t, 101, refused.StatusCode, "without the option")

	s := serve(t, true)
	conn, reader, opened := handshake(s)
	require.Equal(t, 101, opened.StatusCode)
	challenge := make([]byte, 16)
	_, err := io.ReadFull(reader, challenge)
	require.NoError(t, err)
	require.Equal(t, "8jKS'y:G*Co,Wxa-", string(challenge))

	modern := s.ConnectWebSocket("/chatsocket")
	fmt.Fprintf(conn, "\x00{\"body\": \"hello from 2010\"}\xff")
	require.Equal(t, "hello from 2010", read(t, modern).Body)
	frame, err := reader.ReadString(0xff)
	require.NoError(t, err)
	require.Contains(t, frame, `"body": "hello from 2010"`)
}

func TestTheProgramServesWebSockets(t *testing.T) {
	program := demotest.Start(t, "--draft76")
	client := serve(t, false) // its loop runs the client
	message, err := webtest.Await(client, func() (websocket.Message, error) {
		conn, err := websocket.Connect(client.Loop(), "ws://"+program.Addr()+"/chatsocket", websocket.ConnectOptions{}).Await()
		if err != nil {
			return websocket.Message{}, err
		}
		defer conn.Abort()
		if err := conn.WriteMessage(websocket.Text(`{"body": "hello"}`)); err != nil {
			return websocket.Message{}, err
		}
		return conn.ReadMessage().Await()
	})
	require.NoError(t, err)
	require.Contains(t, message.String(), `"body": "hello"`)
	program.WaitForOutput(`got message text="{\"body\": \"hello\"}"`)
	program.WaitForOutput("sending message waiters=1")
}

// Two tabs of Chromium see each other's messages. A page that has lost its connection gets the
// messages of the meantime.
func TestChromiumChats(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, false)
	b.SetSize(800, 600)
	b.Open(s.GetURL("/"))
	first := b.Tab()
	second := b.NewTab()
	b.Open(s.GetURL("/"))
	send := func(tab, text string) {
		b.Show(tab)
		b.WaitFor(`!document.querySelector("button").disabled`)
		b.Write("#message", text)
		b.Click("button")
	}
	shows := func(tab, want string) {
		b.Show(tab)
		b.WaitFor(fmt.Sprintf(`[...document.querySelectorAll(".message")].map(m => m.innerText).join() === %q`, want))
	}
	b.Show(first)
	b.WaitFor(`!document.querySelector("button").disabled`)
	send(second, "Hello from the second tab: <b>no markup</b>")
	shows(first, "Hello from the second tab: <b>no markup</b>")
	send(first, "Hello from the first tab")
	shows(second, "Hello from the second tab: <b>no markup</b>,Hello from the first tab")
	b.Screenshot("demo-websocket")

	b.Run(`socket.onclose(); socket.onclose = null; socket.onmessage = null`, nil) // as if the connection were lost
	b.Screenshot("demo-websocket-lost")
	send(first, "Are you there?")
	shows(second, "Hello from the second tab: <b>no markup</b>,Hello from the first tab,Are you there?")
	b.RequireNoErrors()
}

// exchange sends the same messages to one of the two chat rooms, and returns what it sends. The
// IDs are replaced by their order, and the tags of the page, which differ, are left out.
func exchange(t *testing.T, loop webtest.Looper, address string) string {
	var received strings.Builder
	open := func() *websocket.ClientConnection {
		conn, err := webtest.Await(loop, func() (*websocket.ClientConnection, error) {
			o := websocket.ConnectOptions{Compression: new(websocket.CompressionOptions)}
			return websocket.Connect(loop.Loop(), "ws://"+address+"/chatsocket", o).Await()
		})
		require.NoError(t, err)
		extension, _, _ := strings.Cut(conn.Headers().Get("Sec-WebSocket-Extensions"), ";") // without the window's size
		fmt.Fprintf(&received, "extension %s\n", extension)
		return conn
	}
	ann, ben := open(), open()
	for n, text := range []string{
		`{"body": "hello"}`, `{"body": "1 < 2 & \"http://example.com/?a=1&b=2\" caf\u00e9 \ud83d\ude00", "id": 7}`,
		`{"body": "", "_xsrf": "x"}`, `{"body": "first", "body": "last"}`, `{"body": " </script> \u2028 "}`,
	} {
		for _, reader := range []*websocket.ClientConnection{ann, ben} {
			m, err := webtest.Await(loop, func() (websocket.Message, error) {
				if reader == ann {
					ann.WriteMessage(websocket.Text(text))
				}
				return reader.ReadMessage().Await()
			})
			require.NoError(t, err)
			line := m.String()
			id := regexp.MustCompile(`"id": "([^"]+)"`).FindStringSubmatch(line)
			require.NotNil(t, id, line)
			line = strings.ReplaceAll(line, id[1], fmt.Sprintf("ID%d", n))
			line = regexp.MustCompile(`<(div|p) class=\\"message\\" id=\\"m(ID\d+)\\">(.*?)<\\/(div|p)>`).ReplaceAllString(line, "message $2: $3")
			fmt.Fprintf(&received, "binary %v %s\n", m.Binary, line)
		}
	}
	webtest.Await(loop, func() (int, error) { ann.Abort(); ben.Abort(); return 0, nil })
	return received.String()
}

func TestBothChatRoomsSendTheSame(t *testing.T) {
	original := demotest.StartOriginal(t, "websocket/chatdemo.py")
	s := serve(t, false)
	require.Equal(t, exchange(t, s, original.Addr()), exchange(t, s, s.Addr()))
}
