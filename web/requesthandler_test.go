package web

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// A diary is a handler that records which of its methods run.
type diary struct {
	RequestHandler
	notes  *[]string
	failIn string // the method that fails, if any
}

func (h *diary) note(name string) error {
	*h.notes = append(*h.notes, name)
	if h.failIn == name {
		return errors.New(name + " failed")
	}
	return nil
}

func (h *diary) SetDefaultHeaders()             { h.note("defaults") }
func (h *diary) Initialize() error              { return h.note("initialize") }
func (h *diary) Prepare() error                 { return h.note("prepare") }
func (h *diary) Get(args ...string) error       { return h.note("get") }
func (h *diary) Post(args ...string) error      { return h.note("post") }
func (h *diary) OnFinish()                      { h.note("finish") }
func (h *diary) LogException(error)             { h.note("log") }
func (h *diary) WriteError(status int, _ error) { h.note(fmt.Sprint("error ", status)) }
func (h *diary) ComputeEtag() string            { h.note("etag"); return "" }
func (h *diary) SupportsMethod(m string) bool   { return m != "TRACE" }
func (h *diary) Other(args ...string) error     { return h.note("other " + h.Request().Method) }
func (h *diary) DecodeArgument(v, name string) (string, error) {
	return v, h.note("decode")
}

func TestOrderOfHooks(t *testing.T) {
	for _, tt := range []struct{ name, request, failIn, want string }{
		{"web-1 web-2 web-10", "GET /x", "", "defaults initialize decode prepare get etag finish"},
		{"web-7 other methods", "BREW /x", "", "defaults initialize decode prepare other BREW finish"},
		{"web-4 refused method", "TRACE /x", "", "defaults initialize log defaults error 405 finish"},
		{"web-2 form before path", "POST /x\nContent-Type: multipart/form-data\n\nx", "", "defaults initialize log defaults error 400 finish"},
		{"web-11 web-12 failing verb", "POST /x", "post", "defaults initialize decode prepare post log defaults error 500 finish"},
		{"web-14 failing prepare", "GET /x", "prepare", "defaults initialize decode prepare log defaults error 500 finish"},
		{"web-67 failing decode", "GET /x", "decode", "defaults initialize decode log defaults error 500 finish"},
		{"failing initialize", "GET /x", "initialize", "defaults initialize log defaults error 500 finish"},
	} {
		var notes []string
		app := NewApplication([]URLSpec{URL("/(.*)", diary{notes: &notes, failIn: tt.failIn})}, Settings{LogFunction: func(h *RequestHandler) {}})
		fetch(t, app, tt.request)
		if got := strings.Join(notes, " "); got != tt.want {
			t.Errorf("%s: %s:\ngot  %s\nwant %s", tt.name, tt.request, got, tt.want)
		}
	}
}

func TestPrepareMayEndTheRequest(t *testing.T) { // web-5
	book := keepLog(t)
	for name, prepare := range map[string]func(h *probe) error{
		"200 OK / early":              func(h *probe) error { return h.Finish("early") },
		"302 Found / Location: /x / ": func(h *probe) error { return h.Redirect("/x") },
	} {
		app := serving(probe{prepare: prepare, do: func(h *probe) error { return h.Finish("late") }})
		if got := fetch(t, app, "GET /").String(); got != name {
			t.Errorf("got %s, want %s", got, name)
		}
	}
	if got := book.without("access"); got != "" {
		t.Errorf("log: %s", got)
	}
}

func TestVerbs(t *testing.T) { // web-7, web-8, web-9
	keepLog(t)
	app := serving(RequestHandler{})
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS", "get", "TRACE"} {
		conn := fetch(t, app, method+" /")
		if conn.status != "405 Method Not Allowed" || conn.headers.Has("Allow") {
			t.Errorf("%s: %v", method, conn)
		}
	}
}

type verbs struct{ RequestHandler }

func (h *verbs) say(name string) error        { h.SetHeader("Verb", name); return nil }
func (h *verbs) Delete(args ...string) error  { return h.say("delete") }
func (h *verbs) Get(args ...string) error     { return h.say("get") }
func (h *verbs) Head(args ...string) error    { return h.say("head") }
func (h *verbs) Options(args ...string) error { return h.say("options") }
func (h *verbs) Patch(args ...string) error   { return h.say("patch") }
func (h *verbs) Post(args ...string) error    { return h.say("post") }
func (h *verbs) Put(args ...string) error     { return h.say("put") }
func (h *verbs) Other(args ...string) error   { return h.say("other") }
func (h *verbs) SupportsMethod(m string) bool { return true }

func TestEachVerbRunsItsMethod(t *testing.T) { // web-7
	keepLog(t)
	for _, method := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "OTHER"} {
		if got := fetch(t, serving(verbs{}), method+" /").header("Verb"); !strings.EqualFold(got, method) {
			t.Errorf("%s ran %s", method, got)
		}
	}
}

func TestARequestHasItsOwnHandler(t *testing.T) { // web-17
	keepLog(t)
	type counter struct {
		probe
		n int
	}
	var app *Application
	prototype := counter{n: 40}
	prototype.do = func(h *probe) error {
		c := h.Self().(*counter)
		c.n++
		return h.WriteString(fmt.Sprint(c.n))
	}
	app = serving(prototype)
	for range 2 {
		if got := fetch(t, app, "GET /").body(); got != "41" {
			t.Errorf("body = %s, want 41", got)
		}
	}
}

// waiting serves a request with p, whose do is called only after the handler has awaited a
// future. While the handler awaits it, waiting calls meanwhile.
func waiting(t *testing.T, p probe, meanwhile func(conn *fakeConn, d httputil.HTTPMessageDelegate)) *fakeConn {
	conn := &fakeConn{}
	do := p.do
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		conn.loop = loop
		gate := ioloop.NewFuture[int](loop)
		done := ioloop.NewFuture[int](loop)
		p.do = func(h *probe) error {
			if _, err := gate.Await(); err != nil {
				return err
			}
			return do(h)
		}
		d := request(t, serving(p), conn, "GET /")
		loop.SpawnFunc(func() {
			d.Finish()
			done.SetResult(0)
		})
		meanwhile(conn, d)
		gate.SetResult(0)
		done.Await()
	})
	return conn
}

// Prepare, Get and the other methods may wait anywhere. Their output stays in order.
func TestVerbsAreCoroutines(t *testing.T) { // gen-10
	keepLog(t)
	sequence := func(h *probe) error {
		for _, part := range []string{"1", "2", "3"} {
			h.WriteString(part)
			if err := ioloop.Moment(h.Loop()); err != nil {
				return err
			}
		}
		return nil
	}
	none := func(*fakeConn, httputil.HTTPMessageDelegate) {}
	require.Equal(t, "200 OK / 123", waiting(t, probe{do: sequence}, none).String())
	failing := func(h *probe) error {
		ioloop.Moment(h.Loop())
		return errors.New("in prepare")
	}
	require.Equal(t, errorPage500, waiting(t, probe{do: sequence, prepare: failing}, none).String())
}

func TestAHandlerThatWaitsKeepsItsRequest(t *testing.T) { // web-13
	keepLog(t)
	conn := waiting(t, probe{do: func(h *probe) error { return h.WriteString("late") }}, func(conn *fakeConn, _ httputil.HTTPMessageDelegate) {
		if conn.heads != 0 || conn.finishes != 0 {
			t.Error("responded before the handler returned")
		}
	})
	if got := conn.String(); got != "200 OK / late" {
		t.Error(got)
	}
}

func TestOnConnectionClose(t *testing.T) { // web-12, web-168, web-169, http-66
	book := keepLog(t)
	var notes []string
	p := probe{
		do:             func(h *probe) error { notes = append(notes, "goes on"); return h.WriteString("x") },
		onConnectClose: func(h *probe) { notes = append(notes, "closed") },
		onFinish:       func(h *probe) { notes = append(notes, "finished") },
	}
	waiting(t, p, func(conn *fakeConn, d httputil.HTTPMessageDelegate) {
		conn.failWith = errors.New("gone")
		d.OnConnectionClose()
	})
	if got := strings.Join(notes, ", "); got != "closed, goes on, finished" {
		t.Error(got)
	}
	if len(book.records) != 1 {
		t.Errorf("log: %q", book.records)
	}
}

func TestAClientThatLeavesBeforeOrAfterTheHandler(t *testing.T) { // web-12, web-169
	keepLog(t)
	called := false
	app := serving(probe{do: func(h *probe) error { return nil }, onConnectClose: func(h *probe) { called = true }})
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		request(t, app, &fakeConn{loop: loop}, "GET /").OnConnectionClose()
		for _, err := range []error{nil, errors.New("gone")} {
			d := request(t, app, &fakeConn{loop: loop, finishError: err}, "GET /")
			d.Finish()
			d.OnConnectionClose()
		}
	})
	if called {
		t.Error("OnConnectionClose ran")
	}
}

func TestAsynchronous(t *testing.T) { // web-18
	book := keepLog(t)
	for _, tt := range []struct {
		name string
		end  func(h *probe)
		want string
	}{
		{"SendError with a bad page", func(h *probe) {
			h.writeError = func(h *probe, _ int, _ error) { h.SetHeader("A", "\n"); h.Finish() }
			h.SendError(400, nil)
		}, "400 Bad Request / "},
		{"Finish", func(h *probe) { h.Finish("later") }, "200 OK / later"},
		{"HandleException", func(h *probe) { h.HandleException(NewHTTPError(403)) }, "403 Forbidden / <html><title>403: Forbidden</title><body>403: Forbidden</body></html>"},
		{"misuse before Finish", func(h *probe) { h.SetHeader("A", "\n"); h.Finish() }, "500 Internal Server Error / <html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>"},
		{"misuse after Finish", func(h *probe) { h.Finish("once"); h.Finish("twice") }, "200 OK / once"},
	} {
		var handler *probe
		conn := &fakeConn{}
		looptest.RunNew(t, func(loop *ioloop.IOLoop) {
			conn.loop = loop
			request(t, getting(func(h *probe) error {
				h.Asynchronous()
				handler = h
				return nil
			}), conn, "GET /").Finish()
			if conn.heads != 0 || handler.Finished() {
				t.Errorf("%s: finished too early", tt.name)
			}
			tt.end(handler)
		})
		if got := conn.String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := book.without("access"); strings.Count(got, "Uncaught exception GET / ()") != 2 || strings.Count(got, "\n") != 2 {
		t.Errorf("log: %s", got)
	}
}

func TestMisuseIsNotLost(t *testing.T) { // web-15, web-16
	const page = "500 Internal Server Error / <html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>"
	for _, tt := range []struct {
		name string
		do   func(h *probe) error
		want string
		log  string
	}{
		{"Write after Finish", func(h *probe) error { h.Finish("a"); h.Write([]byte("b")); return nil }, "200 OK / a", errWriteAfterFinish.Error()},
		{"WriteString after Finish", func(h *probe) error { h.Finish("a"); h.WriteString("b"); return nil }, "200 OK / a", errWriteAfterFinish.Error()},
		{"WriteJSON after Finish", func(h *probe) error { h.Finish("a"); h.WriteJSON(1); return nil }, "200 OK / a", errWriteAfterFinish.Error()},
		{"Finish twice", func(h *probe) error { h.Finish("a"); h.Finish("b"); return nil }, "200 OK / a", errFinishTwice.Error()},
		{"Finish twice, returned", func(h *probe) error { h.Finish("a"); return h.Finish("b") }, "200 OK / a", errFinishTwice.Error()},
		{"Finish{} after Finish", func(h *probe) error { h.Finish("a"); return Finish{} }, "200 OK / a", ""},
		{"Flush after Finish", func(h *probe) error { h.Finish("a"); h.Flush(); return nil }, "200 OK / a", errFlushAfterFinish.Error()},
		{"error after Finish", func(h *probe) error { h.Finish("a"); return errors.New("late") }, "200 OK / a", "late"},
		{"first misuse counts", func(h *probe) error { h.SetHeader("A", "\n"); h.SetHeader("B", 1.5); return nil }, page, `unsafe header "A"`},
		{"Finish after misuse", func(h *probe) error { h.SetHeader("A", "\n"); h.Finish("a"); return nil }, page, `unsafe header "A"`},
		{"Flush after misuse", func(h *probe) error { h.SetHeader("A", "\n"); h.Flush(); return nil }, page, `unsafe header "A"`},
		{"asynchronous", func(h *probe) error { h.Asynchronous(); h.SetHeader("A", "\n"); return nil }, page, `unsafe header "A"`},
		{"Clear forgives", func(h *probe) error { h.SetHeader("A", "\n"); h.Clear(); return nil }, "200 OK / ", ""},
	} {
		book := keepLog(t)
		if got := fetch(t, getting(tt.do), "GET /").String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		got := book.without("access")
		if !strings.Contains(got, tt.log) || (got == "") != (tt.log == "") || strings.Contains(got, "\n") {
			t.Errorf("%s: log %s", tt.name, got)
		}
	}
}

func TestUnwindingIsNotAnError(t *testing.T) {
	book := keepLog(t)
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn := &fakeConn{loop: loop}
	app := getting(func(h *probe) error {
		_, err := ioloop.NewFuture[int](loop).Await()
		return err
	})
	loop.AddCallback(func() {
		request(t, app, conn, "GET /").Finish()
	})
	loop.AddCallback(loop.Stop)
	loop.Start()
	loop.Close()
	if conn.heads != 0 || len(book.records) != 0 {
		t.Errorf("response %v, logged %q", conn, book.records)
	}
}
