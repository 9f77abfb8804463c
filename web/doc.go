// Package web is Tornado's request handlers and application.
//
// A handler embeds [RequestHandler] and overrides what it needs:
//
//	type StoryHandler struct {
//		web.RequestHandler
//		DB *DB // set on the prototype: what Tornado passes to initialize
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
// Each request gets its own copy of the prototype. On it run, in a coroutine of
// the connection's loop: SetDefaultHeaders, Initialize, CheckXSRFCookie if the settings
// ask for it, Prepare, the method named like the verb, and after the answer OnFinish,
// once. Any of them may wait, with [ioloop.Future.Await]; the rest of the server goes
// on meanwhile. If Prepare finishes the answer, the verb does not run. When the verb
// returns, the answer is finished, unless [RequestHandler.Asynchronous] was called.
//
// # Errors
//
// A handler fails by returning an error: an [*HTTPError] chooses the status, a
// [Finish] ends the answer as it stands, anything else is logged and answered with
// 500. What Tornado raises may be panicked with the same effect; so do the argument
// getters for an argument that is required and missing. Other panics are logged
// with their stack and answered with 500.
//
// Misuse (writing after Finish, a header value with a line break) is an error that
// cannot be lost: the first one sticks, Flush and Finish return it and send nothing,
// and the request ends as if the handler had returned it.
//
// # Whose goroutine
//
// Methods of a handler belong to its loop. From other goroutines come back with
// [ioloop.IOLoop.AddCallback]. A handler, its request and everything they gave out
// stay valid after the answer; nothing of it is used for another request.
package web
