package servers

import (
	"encoding/json"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/gotornado/tornado/web"
)

// The JSON workload is a small API: POST /api with three fields, and a response with three
// fields. The generator sends 78 bytes of JSON.

// A jsonRequest is the body of a request.
type jsonRequest struct {
	Name   string   `json:"name"`
	Amount int      `json:"amount"`
	Tags   []string `json:"tags"`
}

// A jsonResponse is the body of a response.
type jsonResponse struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Total int    `json:"total"`
}

func (q *jsonRequest) response() jsonResponse {
	return jsonResponse{ID: 7, Name: q.Name, Total: q.Amount * len(q.Tags)}
}

type tornadoAPI struct{ web.RequestHandler }

func (h *tornadoAPI) Post(args ...string) error {
	var q jsonRequest
	if err := h.ReadJSON(&q); err != nil {
		return err
	}
	return h.WriteJSON(q.response())
}

func jsonTornado(port int, ready func()) error {
	return serveTornadoRoutes(port, ready, web.URL(`/api`, tornadoAPI{}))
}

// jsonNetHTTP is typical code for the standard library. It uses Marshal, not an Encoder on the
// writer, so that the server can set the Content-Length.
func jsonNetHTTP(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api", func(w http.ResponseWriter, r *http.Request) {
		var q jsonRequest
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		text, err := json.Marshal(q.response())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(text)
	})
	return http.Serve(listener, mux)
}

func jsonFasthttp(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return fasthttp.Serve(listener, func(ctx *fasthttp.RequestCtx) {
		var q jsonRequest
		if err := json.Unmarshal(ctx.PostBody(), &q); err != nil {
			ctx.Error(err.Error(), fasthttp.StatusBadRequest)
			return
		}
		text, err := json.Marshal(q.response())
		if err != nil {
			ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
			return
		}
		ctx.SetContentType("application/json")
		ctx.Write(text)
	})
}
