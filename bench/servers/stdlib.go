package servers

import (
	"io"
	"net/http"
)

func serveNetHTTP(port int, ready func()) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, body)
	})
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, mux)
}
