package web

// ErrorHandler responds to every request with the error page of StatusCode. Tornado:
// web.ErrorHandler.
type ErrorHandler struct {
	RequestHandler
	StatusCode int
}

// Initialize sets the status for hooks that run before Prepare.
func (h *ErrorHandler) Initialize() error {
	h.SetStatus(h.StatusCode)
	return nil
}

// CheckXSRFCookie accepts every request. The response is an error anyway, and an unknown
// URL must get a 404, not a 403.
func (h *ErrorHandler) CheckXSRFCookie() error { return nil }

// Prepare ends the request with the error of StatusCode.
func (h *ErrorHandler) Prepare() error { return NewHTTPError(h.StatusCode) }
