package web

import (
	"errors"

	"github.com/gotornado/tornado/internal/webbase"
	"github.com/gotornado/tornado/log"
)

// AsyncCallback returns a function that calls fn, and that ends the request if fn fails, as
// if a verb had failed. It is for the callbacks of an asynchronous handler. Tornado 2.2:
// async_callback, whose arguments are fn's closure here.
func (h *RequestHandler) AsyncCallback(fn func() error) func() {
	return func() {
		h.attempt(fn, func(err error) {
			if err != nil {
				h.self.HandleException(err)
			}
		})
	}
}

// attempt calls fn, and then done with the error of fn, the error for its panic, or the
// misuse that fn recorded.
func (h *RequestHandler) attempt(fn func() error, done func(error)) {
	executing, misuse := h.executing, h.misuse()
	h.executing = true
	tryThen(fn, func(err error) {
		if h.executing = executing; err == nil && h.misuse() != misuse {
			err = h.misuse()
		}
		done(err)
	})
}

// execute runs the request, as the package comment describes. args and kwargs are the groups
// of the route's pattern, percent-decoded.
func (h *RequestHandler) execute(args []string, kwargs map[string]string) {
	if hooked, ok := h.self.(webbase.Hooked); ok {
		hooked.FrameworkHooks().Execute(args, kwargs)
		return
	}
	h.executeWith(args, kwargs, h.callVerb)
}

// executeWith runs the request, but calls respond instead of Get, Post or another method.
func (h *RequestHandler) executeWith(args []string, kwargs map[string]string, respond func() error) {
	h.executing = true
	tryThen(func() error { return h.runHooks(args, kwargs, respond) }, h.endExecution)
}

// endExecution ends the request with the error of runHooks, if there is one.
func (h *RequestHandler) endExecution(err error) {
	if err == nil || err == errBodyCut {
		h.executing = false
		return
	}
	tryThen(func() error { h.self.HandleException(err); return nil }, func(err error) {
		if err != nil {
			log.Error(log.App(), "Exception in exception handler", err)
			h.sendPlainError(500)
		}
		h.executing = false
	})
}

// runHooks runs the hooks of a request, until respond returns. respond stands for the handler's
// Get, Post or other method.
func (h *RequestHandler) runHooks(args []string, kwargs map[string]string, respond func() error) error {
	h.self.Clear()
	if err := h.self.Initialize(); err != nil {
		return err
	}
	if !h.self.SupportsMethod(h.peekRequest().Method) {
		return notAllowed()
	}
	if err := h.checkForm(); err != nil {
		return err
	}
	if err := h.decodePath(args, kwargs); err != nil {
		return err
	}
	if h.application.settings.XSRFCookies && !isSafeMethod(h.peekRequest().Method) {
		if err := h.self.CheckXSRFCookie(); err != nil {
			return err
		}
	}
	if err := h.self.Prepare(); err != nil {
		return err
	}
	if err := h.misuse(); err != nil { // recorded by Prepare
		return err
	}
	if x := h.exchange; x != nil && x.streamed != nil {
		if err := x.streamed.awaitEnd(); err != nil {
			return err
		}
	}
	if !h.finished {
		if err := respond(); err != nil {
			return err
		}
	}
	if h.misuse() == nil && !h.finished && !h.asynchronous {
		return h.self.Finish()
	}
	return h.misuse()
}

// checkForm returns an error for a body that is not the form that its Content-Type names.
// An empty body is not a form either, but requests that usually have no body may have none.
func (h *RequestHandler) checkForm() error {
	if x := h.exchange; len(h.peekRequest().Body) == 0 && (isSafeMethod(h.peekRequest().Method) || x.streamed != nil) {
		return nil
	}
	if _, err := h.peekRequest().BodyArguments(); err != nil {
		return HTTPErrorf(400, "Invalid body: %w", err)
	}
	return nil
}

// callVerb calls the handler's method for the method of the request, such as Get.
func (h *RequestHandler) callVerb() error {
	switch h.peekRequest().Method {
	case "GET":
		return h.self.Get(h.pathArgs...)
	case "POST":
		return h.self.Post(h.pathArgs...)
	case "HEAD":
		return h.self.Head(h.pathArgs...)
	case "PUT":
		return h.self.Put(h.pathArgs...)
	case "DELETE":
		return h.self.Delete(h.pathArgs...)
	case "PATCH":
		return h.self.Patch(h.pathArgs...)
	case "OPTIONS":
		return h.self.Options(h.pathArgs...)
	}
	return h.self.Other(h.pathArgs...)
}

// HandleException ends the request as if the handler had returned err. It logs err with
// LogException and, if nothing was sent yet, responds with an error page. It is for the
// callbacks of an asynchronous handler. Tornado: _handle_request_exception.
func (h *RequestHandler) HandleException(err error) {
	if finish, ok := errors.AsType[Finish](err); ok {
		if h.finished {
			return
		}
		if err = h.self.Finish(finish.Chunk); err == nil {
			return
		}
	}
	tryThen(func() error { h.self.LogException(err); return nil }, func(logErr error) {
		if logErr != nil {
			log.Error(log.App(), "Error in exception logger", logErr)
		}
		if !h.finished {
			h.self.SendError(statusOf(err), err)
		}
	})
}

// misuse returns the first misuse since Clear, or nil.
func (h *RequestHandler) misuse() error {
	if h.extras == nil {
		return nil
	}
	return h.extras.misuse
}

// recordMisuse keeps err, so that the request fails with it even if the caller drops it.
func (h *RequestHandler) recordMisuse(err error) error {
	if h.misuse() == nil {
		h.extra().misuse = err
	}
	if h.finished && !h.executing && !h.reporting { // a LogException that writes must not lead to an endless recursion
		h.reporting = true
		defer func() { h.reporting = false }()
		h.self.LogException(err)
	}
	return err
}
