// Command file_uploader sends files to file_receiver: all of them in the multipart form of one
// POST or, with --put, each one as the body of a PUT.
package main

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
)

var (
	put    = options.Define("put", false, "use PUT instead of POST", options.Group("file uploader"))
	server = options.Define("server", "http://localhost:8888", "URL of the receiver", options.Group("file uploader"))
)

// noLimit lets a request take as long as it needs. The default is 20 seconds.
const noLimit = -1

// postFiles sends all files in one POST. The client does not know the length of the form, so it
// sends the body in chunks. They are written while the request is under way, in a coroutine.
func postFiles(client httpclient.AsyncHTTPClient, names []string) error {
	boundary := multipart.NewWriter(io.Discard).Boundary() // a random one
	response, err := client.Fetch(&httpclient.HTTPRequest{
		URL:            server.Value() + "/post",
		Method:         "POST",
		Headers:        headers("Content-Type", "multipart/form-data; boundary="+boundary),
		BodyProducer:   func(body io.Writer) error { return writeForm(body, boundary, names) },
		RequestTimeout: noLimit,
	}).Await()
	if err != nil {
		return err
	}
	fmt.Println(response)
	return nil
}

// writeForm writes a multipart form (RFC 7578) with the files.
func writeForm(body io.Writer, boundary string, names []string) error {
	form := multipart.NewWriter(body)
	if err := form.SetBoundary(boundary); err != nil {
		return err
	}
	for _, name := range names {
		base := filepath.Base(name)
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(base, base)}, // escapes quotes and line ends
			"Content-Type":        {contentType(name)},
		})
		if err == nil {
			err = sendFile(part, name)
		}
		if err != nil {
			return err
		}
	}
	return form.Close()
}

// putFiles sends each file in a PUT of its own. With a Content-Length, the receiver can refuse
// a file that is too large before it arrives.
func putFiles(client httpclient.AsyncHTTPClient, names []string) error {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		response, err := client.Fetch(&httpclient.HTTPRequest{
			URL:            server.Value() + "/" + url.PathEscape(filepath.Base(name)),
			Method:         "PUT",
			Headers:        headers("Content-Type", contentType(name), "Content-Length", fmt.Sprint(info.Size())),
			BodyProducer:   func(body io.Writer) error { return sendFile(body, name) },
			RequestTimeout: noLimit,
		}).Await()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Println(response)
	}
	return nil
}

// sendFile copies a file to the body of a request. A write waits until the server has room for
// more, so that only a small part of the file is in memory.
func sendFile(body io.Writer, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	_, err = io.Copy(body, io.TeeReader(file, &progress{name: name, size: info.Size()}))
	return err
}

// A progress logs after each tenth of a file how much of it was sent.
type progress struct {
	name       string
	size, sent int64
	tenths     int64
}

func (p *progress) Write(chunk []byte) (int, error) {
	p.sent += int64(len(chunk))
	if tenths := 10 * p.sent / max(p.size, 1); tenths > p.tenths {
		p.tenths = tenths
		slog.Info("sent", "file", p.name, "bytes", p.sent, "percent", 10*tenths)
	}
	return len(chunk), nil
}

func contentType(name string) string {
	return cmp.Or(mime.TypeByExtension(filepath.Ext(name)), "application/octet-stream")
}

func headers(namesAndValues ...string) (h httputil.HTTPHeaders) {
	for i := 0; i < len(namesAndValues); i += 2 {
		h.Set(namesAndValues[i], namesAndValues[i+1])
	}
	return h
}

func main() {
	names := options.ParseCommandLine() // the arguments that are not options
	if len(names) == 0 {
		log.Fatal("file_uploader: name the files to upload")
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			log.Fatalf("file_uploader: %s is not a file", name)
		}
	}
	upload := postFiles
	if put.Value() {
		upload = putFiles
	}
	server.Set(strings.TrimSuffix(server.Value(), "/"))
	loop := ioloop.Instance()
	_, err := ioloop.RunSync(loop, 0, func() (struct{}, error) {
		return struct{}{}, upload(httpclient.Instance(loop), names)
	})
	if err != nil {
		log.Fatal(err)
	}
}
