package authtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// addGraph adds the pages of Facebook's Graph API: the user, the user's posts, and pictures.
func (p *Provider) addGraph() {
	p.mux.HandleFunc("GET /me", p.serveMe)
	p.mux.HandleFunc("GET /me/feed", p.serveFeed)
	p.mux.HandleFunc("GET /{id}/picture", servePicture)
}

// serveMe is Facebook's page about the user. It checks the proof that the caller knows the
// client's secret.
func (p *Provider) serveMe(w http.ResponseWriter, r *http.Request) {
	token := p.bearer(r)
	mac := hmac.New(sha256.New, []byte(ClientSecret))
	mac.Write([]byte(token))
	if token == "" || r.FormValue("appsecret_proof") != hex.EncodeToString(mac.Sum(nil)) {
		writeJSON(w, 400, map[string]any{"error": map[string]any{"message": "Invalid appsecret_proof provided in the API argument", "type": "GraphMethodException", "code": 100}})
		return
	}
	user := map[string]any{"id": UserID, "name": "Ann Example", "first_name": "Ann", "last_name": "Example", "email": "ann@example.com"}
	response := map[string]any{}
	for name := range strings.SplitSeq(r.FormValue("fields"), ",") {
		if value, ok := user[name]; ok {
			response[name] = value
		}
	}
	writeJSON(w, 200, response)
}

// serveFeed is Facebook's page with the user's posts, newest first.
func (p *Provider) serveFeed(w http.ResponseWriter, r *http.Request) {
	if p.bearer(r) == "" {
		writeJSON(w, 400, map[string]any{"error": map[string]any{"message": "Error validating access token", "type": "OAuthException", "code": 190}})
		return
	}
	p.mu.Lock()
	now := p.clock().UTC()
	p.mu.Unlock()
	post := func(id, author, name, message string, age time.Duration) map[string]any {
		return map[string]any{
			"id": UserID + "_" + id, "from": map[string]string{"id": author, "name": name}, "message": message,
			"created_time": now.Add(-age).Format("2006-01-02T15:04:05+0000"), "permalink_url": issuerOf(r) + "/" + UserID + "/posts/" + id,
		}
	}
	writeJSON(w, 200, map[string]any{"data": []any{
		post("3", UserID, "Ann Example", "One loop, and no locks.", time.Minute),
		post("2", "u-2", "Ben Example", "Tea & <b>biscuits</b> at five?", 5*time.Hour),
		post("1", UserID, "Ann Example", "Hello, world", 50*time.Hour),
	}})
}

// servePicture serves the picture of any user: a colored square.
func servePicture(w http.ResponseWriter, r *http.Request) {
	color := "#0f766e"
	if r.PathValue("id") != UserID {
		color = "#b45309"
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><rect width="50" height="50" fill="` + color + `"/></svg>`))
}
