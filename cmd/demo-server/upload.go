package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// snippet

// An uploadHandler receives files of any size: it reads the form part by part as it arrives.
// Data beyond MaxMemory goes to temporary files, which are removed after the request.
type uploadHandler struct {
	page
	Most int64 // size limit of one request, in bytes
	form *web.StreamedForm
}

func (h *uploadHandler) StreamRequestBody() bool { return true }

// Prepare runs after the headers have arrived, and the verb after the body.
func (h *uploadHandler) Prepare() (err error) {
	if h.Request().Method != "POST" {
		return nil
	}
	h.SetMaxBodySize(h.Most)
	h.form, err = h.ReceiveForm(web.FormOptions{MaxParts: maxUploads, MaxMemory: 64 << 10})
	return err
}

func (h *uploadHandler) Post(args ...string) error {
	files := h.form.Files["file"]
	got, err := ioloop.RunInExecutor(h.Loop(), func() ([]uploaded, error) {
		return describe(files) // describe reads files, so it must not run on the loop
	}).Await()
	if err != nil {
		return err
	}
	return h.WriteJSON(map[string]any{"files": got})
}

// end snippet

const maxUploads = 20 // number of files in one request

// An uploaded describes a received file to the client.
type uploaded struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func describe(files []*web.UploadedFile) ([]uploaded, error) {
	all := []uploaded{}
	for _, f := range files {
		sum, err := digest(f)
		if err != nil {
			return nil, err
		}
		all = append(all, uploaded{f.Filename, f.ContentType, f.Size, sum})
	}
	return all, nil
}

func digest(f *web.UploadedFile) (string, error) {
	content, err := f.Open()
	if err != nil {
		return "", err
	}
	defer content.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, content)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// Get serves the page that sends the files. Its script sends the XSRF token in a header,
// because the token is checked before the body has arrived.
func (h *uploadHandler) Get(args ...string) error {
	return h.render("upload.html", map[string]any{"Most": h.Most, "MaxFiles": maxUploads, "Token": h.XSRFToken()})
}
