package web_test

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// SleepHandler waits for a time. time.Sleep would block all requests of the loop.
type SleepHandler struct{ web.RequestHandler }

func (h *SleepHandler) Get(args ...string) error {
	if _, err := ioloop.Sleep(h.Loop(), time.Millisecond).Await(); err != nil {
		return err
	}
	return h.WriteString("slept")
}

// lookup stands for a library that calls a function on another goroutine when it has a result.
func lookup(name string, done func(result string)) { go done("result for " + name) }

// CallbackHandler waits for a callback.
type CallbackHandler struct{ web.RequestHandler }

func (h *CallbackHandler) Get(args ...string) error {
	done, result := ioloop.Callback[string](h.Loop())
	lookup("Ann", done)
	text, err := result.Await()
	if err != nil {
		return err
	}
	return h.WriteString(text)
}

// ExecutorHandler waits for a function that blocks, on another goroutine.
type ExecutorHandler struct{ web.RequestHandler }

func (h *ExecutorHandler) Get(args ...string) error {
	text, err := ioloop.RunInExecutor(h.Loop(), func() (string, error) {
		time.Sleep(time.Millisecond) // stands for a query
		return "queried", nil
	}).Await()
	if err != nil {
		return err
	}
	return h.WriteString(text)
}

// Handlers that wait without blocking the other requests of their loop.
func Example_waiting() {
	app := web.NewApplication([]web.URLSpec{
		web.URL(`/sleep`, SleepHandler{}),
		web.URL(`/callback`, CallbackHandler{}),
		web.URL(`/executor`, ExecutorHandler{}),
	}, web.Settings{})
	show(app, "", "GET /sleep", "GET /callback", "GET /executor")
	// Output:
	// 200 slept <nil>
	// 200 result for Ann <nil>
	// 200 queried <nil>
}
