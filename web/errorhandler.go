package web

// ErrorHandler answers every request with the error page of StatusCode.
// Tornado: web.ErrorHandler.
type ErrorHandler struct {
	RequestHandler
	StatusCode int
}

// Initialize sets the status, for what runs before Prepare.
func (h *ErrorHandler) Initialize() error {
	h.SetStatus(h.StatusCode)
	return nil
}

// CheckXSRFCookie accepts every request: the answer is an error anyway, and that of an
// unknown URL is 404, not 403.
func (h *ErrorHandler) CheckXSRFCookie() error { return nil }

// Prepare ends the request with the error of StatusCode.
func (h *ErrorHandler) Prepare() error { return NewHTTPError(h.StatusCode) }
