package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// maxObject is the largest object in bytes, that of S3.
const maxObject = 5 << 30

// BaseRequestHandler has what the handlers share.
type BaseRequestHandler struct {
	web.RequestHandler
	Store *Store
}

// SupportsMethod says which methods are not a 405.
func (h *BaseRequestHandler) SupportsMethod(method string) bool {
	return method == "PUT" || method == "GET" || method == "DELETE"
}

func (h *BaseRequestHandler) renderXML(value any) error {
	document, err := xml.Marshal(value)
	if err != nil {
		return err
	}
	h.SetHeader("Content-Type", "application/xml; charset=UTF-8")
	return h.WriteString(xml.Header + string(document))
}

// formatTime returns a time as S3 writes it.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// RootHandler lists the buckets.
type RootHandler struct{ BaseRequestHandler }

type bucketList struct {
	XMLName xml.Name `xml:"http://doc.s3.amazonaws.com/2006-03-01 ListAllMyBucketsResult"`
	Buckets struct{ Bucket []bucketInfo }
}

type bucketInfo struct {
	Name         string
	CreationDate string
}

func (h *RootHandler) Get(args ...string) error {
	buckets, err := h.Store.Buckets()
	if err != nil {
		return err
	}
	var list bucketList
	for _, bucket := range buckets {
		list.Buckets.Bucket = append(list.Buckets.Bucket, bucketInfo{bucket.Name(), formatTime(bucket.ModTime())})
	}
	return h.renderXML(list)
}

// BucketHandler lists the objects of a bucket, makes and removes it.
type BucketHandler struct{ BaseRequestHandler }

type objectList struct {
	XMLName     xml.Name `xml:"http://doc.s3.amazonaws.com/2006-03-01 ListBucketResult"`
	Name        string
	Prefix      string
	Marker      string // the last key in Contents: the marker of the next request
	MaxKeys     int
	IsTruncated bool
	Contents    []objectInfo
}

type objectInfo struct {
	Key          string
	LastModified string `xml:",omitempty"`
	Size         *int64 `xml:",omitempty"`
}

// Get lists the keys after the argument "marker" that begin with "prefix", at most "max-keys" of
// them. With "terse=1" it leaves out their times and sizes.
func (h *BucketHandler) Get(args ...string) error {
	list := objectList{Name: args[0], Prefix: h.GetArgument("prefix", ""), Marker: h.GetArgument("marker", "")}
	terse, err := strconv.Atoi(h.GetArgument("terse", "0"))
	if err != nil {
		return web.HTTPErrorf(400, "terse: %v", err)
	}
	if list.MaxKeys, err = strconv.Atoi(h.GetArgument("max-keys", "50000")); err != nil {
		return web.HTTPErrorf(400, "max-keys: %v", err)
	}
	list, err = ioloop.RunInExecutor(h.Loop(), func() (objectList, error) { // other requests run meanwhile
		return fill(list, h.Store, terse != 0)
	}).Await()
	if err != nil {
		return err
	}
	return h.renderXML(list)
}

// fill returns the list with the objects that it asks for.
func fill(list objectList, store *Store, terse bool) (objectList, error) {
	keys, err := store.Keys(list.Name)
	if err != nil {
		return list, err
	}
	marker := list.Marker
	for _, key := range keys {
		if key <= marker || !strings.HasPrefix(key, list.Prefix) {
			continue
		}
		if len(list.Contents) >= list.MaxKeys {
			list.IsTruncated = true
			break
		}
		object := objectInfo{Key: key}
		if !terse {
			info, err := store.Stat(list.Name, key)
			if err != nil {
				continue // it was removed meanwhile
			}
			size := info.Size()
			object.LastModified, object.Size = formatTime(info.ModTime()), &size
		}
		list.Contents = append(list.Contents, object)
		list.Marker = key
	}
	return list, nil
}

func (h *BucketHandler) Put(args ...string) error { return h.Store.MakeBucket(args[0]) }

func (h *BucketHandler) Delete(args ...string) error {
	h.SetStatus(204)
	return h.Store.RemoveBucket(args[0])
}

// ObjectHandler sends, receives and removes an object. Objects may be large: neither direction
// has more than a chunk in memory.
type ObjectHandler struct {
	BaseRequestHandler
	upload *Upload
}

func (h *ObjectHandler) Get(args ...string) error {
	file, info, err := h.Store.Open(args[0], args[1])
	if err != nil {
		return err
	}
	defer file.Close()
	h.SetHeader("Content-Type", "application/unknown")
	h.SetHeader("Last-Modified", info.ModTime())
	h.SetHeader("Content-Length", info.Size())
	return h.send(file)
}

// send writes a file to the response. Reading may wait for the disk, and Flush waits for the
// client; the loop serves other clients meanwhile.
func (h *ObjectHandler) send(file *os.File) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := ioloop.RunInExecutor(h.Loop(), func() (int, error) { return file.Read(buffer) }).Await()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h.Write(buffer[:n])
		if _, err := h.Flush().Await(); err != nil {
			return err
		}
	}
}

// StreamRequestBody makes the server pass the body of a PUT to DataReceived while it arrives.
func (h *ObjectHandler) StreamRequestBody() bool { return true }

// Prepare runs before the body arrives.
func (h *ObjectHandler) Prepare() (err error) {
	if h.Request().Method == "PUT" {
		h.SetMaxBodySize(maxObject)
		h.upload, err = h.Store.Create(h.PathArgs()[0], h.PathArgs()[1])
	}
	return err
}

// WriteError writes an error page. A PUT that is refused in Prepare ends before its body was read,
// so the connection closes. The header says so; otherwise clients would send the next request on it.
func (h *ObjectHandler) WriteError(status int, cause error) {
	if h.Request().Method == "PUT" {
		h.SetHeader("Connection", "close")
	}
	h.RequestHandler.WriteError(status, cause)
}

func (h *ObjectHandler) DataReceived(chunk []byte) error {
	if h.upload == nil {
		return nil // the body of another method
	}
	_, err := ioloop.RunInExecutor(h.Loop(), func() (int, error) { return h.upload.Write(chunk) }).Await()
	return err
}

func (h *ObjectHandler) Put(args ...string) error { return h.upload.Commit() }

func (h *ObjectHandler) Delete(args ...string) error {
	h.SetStatus(204)
	return h.Store.Remove(args[0], args[1])
}

// OnFinish and OnConnectionClose remove the file of an upload that is not complete.
func (h *ObjectHandler) OnFinish() { h.OnConnectionClose() }

func (h *ObjectHandler) OnConnectionClose() {
	if h.upload != nil {
		h.upload.Discard()
	}
}
