package websocket_test

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A panicky handler fails in the hook of one name: by a panic, or by runtime.Goexit, as
// FailNow of a test does.
type panicky struct {
	probe76
	in   string
	exit bool
	hits *int
}

func (h *panicky) at(hook string) {
	if hook == h.in {
		*h.hits++
		fail("in "+hook, h.exit)
	}
}

func fail(text string, exit bool) {
	if exit {
		runtime.Goexit()
	}
	panic(text)
}

func (h *panicky) OnFinish()                 { h.at("OnFinish"); h.probe76.OnFinish() }
func (h *panicky) OnConnectionClose()        { h.probe76.OnConnectionClose(); h.at("OnConnectionClose") }
func (h *panicky) OnPing(data []byte)        { h.at("OnPing"); h.probe76.OnPing(data) }
func (h *panicky) OnPong(data []byte)        { h.at("OnPong"); h.probe76.OnPong(data) }
func (h *panicky) OnShutdown()               { h.at("OnShutdown"); h.probe76.OnShutdown() }
func (h *panicky) OnClose()                  { h.probe76.OnClose(); h.at("OnClose") }
func (h *panicky) MaxMessageSize() int       { h.at("MaxMessageSize"); return h.probe76.MaxMessageSize() }
func (h *panicky) AllowDraft76() bool        { h.at("AllowDraft76"); return true }
func (h *panicky) CheckOrigin(o string) bool { h.at("CheckOrigin"); return true }

func (h *panicky) Open(args ...string) error { h.at("Open"); return h.probe76.Open(args...) }

func (h *panicky) OnMessage(m websocket.Message) error {
	h.at("OnMessage")
	return h.probe76.OnMessage(m)
}

func (h *panicky) SelectSubprotocol(offered []string) string {
	h.at("SelectSubprotocol")
	return h.probe76.SelectSubprotocol(offered)
}

func (h *panicky) GetCompressionOptions() *websocket.CompressionOptions {
	h.at("GetCompressionOptions")
	return nil
}

func (h *panicky) PingInterval() time.Duration {
	h.at("PingInterval")
	return time.Hour
}

func (h *panicky) PingTimeout() time.Duration {
	h.at("PingTimeout")
	return time.Hour
}

func (h *panicky) SendLimits() websocket.SendLimits {
	h.at("SendLimits")
	return h.probe76.SendLimits()
}

func (h *panicky) GetWebSocketScheme() string {
	h.at("GetWebSocketScheme")
	return h.probe76.GetWebSocketScheme()
}

// These constants say when a hook runs, which determines the effect of its panic.
const (
	beforeThe101 = "500"         // the response is an error page
	beforeOpen   = "101 END"     // the connection ends; OnClose does not run
	whileOpen    = "101 END bye" // the connection ends, and OnClose runs
)

// panicsIn13 and panicsIn76 have a row for every hook of websocket.Handler that the version
// calls.
var panicsIn13 = map[string]string{
	"CheckOrigin": beforeThe101, "AllowDraft76": "", "GetWebSocketScheme": "", "SelectSubprotocol": beforeThe101,
	"GetCompressionOptions": beforeThe101, "OnFinish": beforeOpen, "MaxMessageSize": beforeOpen, "SendLimits": beforeOpen,
	"Open": beforeOpen, "PingInterval": whileOpen, "PingTimeout": whileOpen, "OnMessage": whileOpen, "OnPing": whileOpen,
	"OnPong": whileOpen, "OnShutdown": whileOpen, "OnConnectionClose": whileOpen, "OnClose": whileOpen,
}

var panicsIn76 = map[string]string{
	"CheckOrigin": beforeThe101, "AllowDraft76": beforeThe101, "GetWebSocketScheme": beforeThe101, "SelectSubprotocol": beforeThe101,
	"OnFinish": beforeOpen, "MaxMessageSize": beforeOpen, "SendLimits": beforeOpen, "Open": beforeOpen,
	"OnMessage": whileOpen, "OnShutdown": whileOpen, "OnConnectionClose": whileOpen, "OnClose": whileOpen,
}

// TestAPanicInAnyHookEndsTheConnection checks that a hook that fails never leaves a socket open.
func TestAPanicInAnyHookEndsTheConnection(t *testing.T) {
	for hook, want := range panicsIn13 {
		if want == "" {
			continue
		}
		eachFailure(t, "13 "+hook, func(t *testing.T, exit bool) {
			testPanic(t, hook, exit, want, hello("/ws", "Origin: http://example.com"), frames("ping:x pong:x t:x"), frames("close"))
		})
	}
	for hook, want := range panicsIn76 {
		eachFailure(t, "76 "+hook, func(t *testing.T, exit bool) {
			testPanic(t, hook, exit, want, hello76("/ws")+challenge, frames76("t:x"), frames76("close"))
		})
	}
}

// eachFailure runs test for a panic and for runtime.Goexit.
func eachFailure(t *testing.T, name string, test func(t *testing.T, exit bool)) {
	t.Run(name, func(t *testing.T) { test(t, false) })
	t.Run(name+" Goexit", func(t *testing.T) { test(t, true) })
}

func testPanic(t *testing.T, hook string, exit bool, want, hello, talk, bye string) {
	hits := 0
	p := panicky{probe76{probe: probe{notes: newNotes()}}, hook, exit, &hits}
	s := serve(t, web.URL("/ws", p))
	c := s.dial()
	c.write(hello)
	got := c.head()[len("HTTP/1.1 "):][:3]
	if got == "101" {
		switch hook {
		case "OnShutdown":
			s.settle()
			defer func(ended chan error) {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}(s.shutdown())
		case "OnConnectionClose", "OnClose":
			c.write(bye)
		default:
			c.Conn.Write([]byte(talk)) // fails if the server was faster
		}
		for {
			if _, err := c.r.ReadByte(); err != nil {
				got += " " + outcome(err)
				break
			}
		}
		if want == whileOpen {
			s.waitClosed(p.notes)
		}
		s.settle()
		if strings.Contains(s.story(p.notes), "closed(") {
			got += " bye"
		}
	}
	if got != want {
		t.Errorf("got %q, want %q; the handler saw %s", got, want, s.story(p.notes))
	}
	s.do(func() {
		if hits != 1 {
			t.Errorf("the hook failed %d times", hits)
		}
	})
}

// A hook that is added to websocket.Handler needs a row in the tables above.
func TestEveryHookIsInTheTableOfPanics(t *testing.T) {
	handler, base := reflect.TypeFor[websocket.Handler](), reflect.TypeFor[web.Handler]()
	for i := range handler.NumMethod() {
		m := handler.Method(i)
		_, inherited := base.MethodByName(m.Name)
		if _, known := panicsIn13[m.Name]; !known && !inherited && m.IsExported() {
			t.Errorf("hook %s has no row in panicsIn13, and perhaps in panicsIn76", m.Name)
		}
	}
	var callbacks []string
	options := reflect.TypeFor[websocket.ConnectOptions]()
	for i := range options.NumField() {
		if f := options.Field(i); f.Type.Kind() == reflect.Func {
			callbacks = append(callbacks, f.Name)
		}
	}
	if want := []string{"OnMessage", "OnPing", "OnPong"}; !slices.Equal(callbacks, want) {
		t.Errorf("callbacks %v, want %v: test a panic in the new one", callbacks, want)
	}
}

// TestAPanicInACallbackOfTheClient checks that a panic ends the connection, and that the last
// call of OnMessage reports the end.
func TestAPanicInACallbackOfTheClient(t *testing.T) {
	for hook, sent := range map[string]string{"OnPing": "\x89\x00", "OnPong": "\x8a\x00", "OnMessage": "\x81\x01a"} {
		eachFailure(t, hook, func(t *testing.T, exit bool) {
			url := scripted(t, good101+"\r\n"+sent)
			at := func(name string) {
				if name == hook {
					fail("in "+name, exit)
				}
			}
			err := run(t, func(l *ioloop.IOLoop) error {
				ended := ioloop.NewFuture[struct{}](l)
				c, err := websocket.Connect(l, url, websocket.ConnectOptions{
					OnPing: func([]byte) { at("OnPing") }, OnPong: func([]byte) { at("OnPong") },
					OnMessage: func(m *websocket.Message) {
						if m == nil {
							ended.SetResult(struct{}{})
							return
						}
						at("OnMessage")
					},
				}).Await()
				if err != nil {
					return err
				}
				if _, err := ended.Await(); err != nil {
					return err
				}
				return c.Err()
			})
			want := "in " + hook
			if exit {
				want = log.Goexit
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the connection ended with %v", err)
			}
		})
	}
}
