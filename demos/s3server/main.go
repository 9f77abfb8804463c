// Command s3server is a store with the interface of Amazon S3, on local files. It is for tests of
// programs that use S3: it checks no signatures, so every client may read and write.
package main

import (
	"log"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port      = options.Define("port", 9888, "TCP port to listen on")
	address   = options.Define("address", "127.0.0.1", "address to listen on; empty means all addresses")
	directory = options.Define("root_directory", "/tmp/s3", "root storage directory")
	depth     = options.Define("bucket_depth", 0, "levels of directories in a bucket, for very many objects")
)

func newApp(store *Store) *web.Application {
	base := BaseRequestHandler{Store: store}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, RootHandler{base}),
		web.URL(`/([^/]+)/(.+)`, ObjectHandler{BaseRequestHandler: base}),
		web.URL(`/([^/]+)/`, BucketHandler{base}),
	}, web.Settings{})
}

func main() {
	options.ParseCommandLine()
	store, err := OpenStore(directory.Value(), depth.Value())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := newApp(store).Listen(port.Value(), web.ListenOptions{Address: address.Value()}); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
