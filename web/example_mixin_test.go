package web_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/gotornado/tornado/web"
)

// Base embeds RequestHandler for all handlers of the application. It has RequestHandler one
// level deeper than the mixins, so that the hooks of a mixin take precedence.
type Base struct{ web.RequestHandler }

// JSONErrors is a mixin: a struct with hooks that does not embed RequestHandler.
type JSONErrors struct {
	Handler *web.RequestHandler // set in Initialize
}

// WriteError writes error pages as JSON. A handler with a method HelpURL has it added.
func (m *JSONErrors) WriteError(status int, cause error) {
	page := map[string]any{"status": status, "reason": m.Handler.GetReason()}
	if h, ok := m.Handler.Self().(interface{ HelpURL() string }); ok {
		page["help"] = h.HelpURL()
	}
	m.Handler.WriteJSON(page)
}

// LocalOnly is another mixin. It refuses requests from other machines.
type LocalOnly struct{ Handler *web.RequestHandler }

func (m *LocalOnly) Prepare() error {
	if ip := m.Handler.Request().RemoteIP; ip != "127.0.0.1" {
		return web.HTTPErrorf(403, "a request from %s", ip)
	}
	return nil
}

// ReportHandler has a base and two mixins.
type ReportHandler struct {
	Base
	JSONErrors
	LocalOnly
}

// Initialize gives the mixins their handler.
func (h *ReportHandler) Initialize() error {
	h.JSONErrors.Handler = &h.RequestHandler
	h.LocalOnly.Handler = &h.RequestHandler
	return nil
}

func (h *ReportHandler) HelpURL() string { return "/help/reports" }

func (h *ReportHandler) Get(args ...string) error { return h.WriteString("the report") }

// A mixin overrides hooks for several handlers, as a second base class does in Python.
func Example_mixin() {
	app := web.NewApplication([]web.URLSpec{web.URL("/report", ReportHandler{})},
		web.Settings{LogFunction: func(*web.RequestHandler) {}})
	defer app.Close()
	response := httptest.NewRecorder()
	app.ServeHTTP(response, httptest.NewRequest("GET", "/report", nil))
	fmt.Println(response.Code, response.Body)
	// Output:
	// 403 {"help": "/help/reports", "reason": "Forbidden", "status": 403}
}
