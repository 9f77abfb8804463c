// Package tornado is the root of Tornado for Go: Python's Tornado, ported to Go. It holds no
// code. Start with one of these packages:
//
//   - [github.com/gotornado/tornado/web]: applications and request handlers
//   - [github.com/gotornado/tornado/websocket]: WebSocket handlers, groups and a client
//   - [github.com/gotornado/tornado/ioloop]: the event loop, futures, timers, coroutines
//
// A program looks like this:
//
//	type MainHandler struct{ web.RequestHandler }
//
//	func (h *MainHandler) Get(args ...string) error {
//		return h.WriteString("Hello, world")
//	}
//
//	func main() {
//		app := web.NewApplication([]web.URLSpec{
//			web.URL(`/`, MainHandler{}),
//		}, web.Settings{})
//		if _, err := app.Listen(8888); err != nil {
//			log.Fatal(err)
//		}
//		log.Fatal(ioloop.Instance().Start())
//	}
//
// The pages in docs/ continue from here: tutorial.md for those who are new to Tornado,
// guide.md and porting.md for those who port an application from Python, architecture.md
// for those who want to change this project.
package tornado
