// Package web provides Tornado's applications and request handlers.
//
// A handler embeds [RequestHandler] and overrides methods of [Handler]:
//
//	type StoryHandler struct {
//		web.RequestHandler
//		DB *DB // set on the prototype; Tornado: an argument of initialize
//	}
//
//	func (h *StoryHandler) Get(args ...string) error {
//		story, ok := h.DB.Find(args[0])
//		if !ok {
//			return web.NewHTTPError(404)
//		}
//		return h.WriteJSON(story)
//	}
//
//	app := web.NewApplication([]web.URLSpec{
//		web.URL(`/story/([0-9]+)`, StoryHandler{DB: db}, web.Name("story")),
//	}, web.Settings{})
//
// # The life of a request
//
// Each request gets its own copy of the prototype. Its methods run in a coroutine of the
// connection's loop, in this order: SetDefaultHeaders, Initialize, CheckXSRFCookie if
// Settings.XSRFCookies is set, Prepare, and the method named like the verb. OnFinish runs
// once after the response. Each of them may wait with [ioloop.Future.Await]; the server
// handles other requests meanwhile. If Prepare finishes the response, the verb does not run.
// When the verb returns, the response is finished, unless the handler called
// [RequestHandler.Asynchronous].
//
// # Errors
//
// A handler fails by returning an error. An [*HTTPError] chooses the status. A [Finish] ends
// the response as it stands. Any other error is logged, and the response is a 500. A handler
// may also panic with an [*HTTPError] or a [Finish]; the getters of arguments do so if a
// required argument is missing. After any other panic, the panic is logged with its stack,
// and the response is a 500.
//
// A method that is misused (for example Write after Finish, or a header value with a line
// break) records an error, even if the caller ignores the result. The request then ends as
// if the handler had returned the first such error: Flush and Finish return it and send
// nothing.
//
// # Goroutines
//
// Call the methods of a handler only on its loop. From another goroutine, use
// [ioloop.IOLoop.AddCallback]. A handler, its request and everything that they returned stay
// valid after the response; no part of them is used for another request.
package web
