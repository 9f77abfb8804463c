package servers

import (
	"encoding/json"
	"net/http"

	"github.com/valyala/fasthttp"

	"github.com/gotornado/tornado/web"
)

// The JSON workload is a small API: a question of three fields comes as POST /api, and
// an answer of three fields goes. The generator sends 78 bytes of JSON.

// A jsonQuestion is what comes.
type jsonQuestion struct {
	Name   string   `json:"name"`
	Amount int      `json:"amount"`
	Tags   []string `json:"tags"`
}

// A jsonAnswer is what goes.
type jsonAnswer struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Total int    `json:"total"`
}

func (q *jsonQuestion) answer() jsonAnswer {
	return jsonAnswer{ID: 7, Name: q.Name, Total: q.Amount * len(q.Tags)}
}

type tornadoAPI struct{ web.RequestHandler }

func (h *tornadoAPI) Post(args ...string) error {
	var q jsonQuestion
	if err := h.ReadJSON(&q); err != nil {
		return err
	}
	return h.WriteJSON(q.answer())
}

func jsonTornado(port int, ready func()) error {
	return serveTornadoRoutes(port, ready, web.URL(`/api`, tornadoAPI{}))
}

// jsonNetHTTP is what the standard library's users write. Marshal, unlike an Encoder on
// the writer, lets the server tell the length.
func jsonNetHTTP(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api", func(w http.ResponseWriter, r *http.Request) {
		var q jsonQuestion
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		text, err := json.Marshal(q.answer())
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
		var q jsonQuestion
		if err := json.Unmarshal(ctx.PostBody(), &q); err != nil {
			ctx.Error(err.Error(), fasthttp.StatusBadRequest)
			return
		}
		text, err := json.Marshal(q.answer())
		if err != nil {
			ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
			return
		}
		ctx.SetContentType("application/json")
		ctx.Write(text)
	})
}
