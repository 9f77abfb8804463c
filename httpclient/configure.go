package httpclient

import (
	"reflect"
	"sync"

	"github.com/gotornado/tornado/ioloop"
)

// An Implementation makes a client for a loop. See Configure.
type Implementation func(loop *ioloop.IOLoop, o Options) AsyncHTTPClient

// configuration holds the arguments of the last call of Configure.
var configuration struct {
	sync.Mutex
	implementation Implementation
	options        Options
}

// Configure sets the implementation and the options of clients that Instance and New make
// from now on. nil means the default implementation. Each call replaces the options of the
// call before it. Any goroutine may call Configure. A client that has a method
// Closed() bool is replaced by Instance after it was closed.
// Tornado: AsyncHTTPClient.configure.
func Configure(implementation Implementation, o Options) {
	configuration.Lock()
	defer configuration.Unlock()
	configuration.implementation, configuration.options = implementation, o
}

type instanceKey struct{}

// Instance returns the client of a loop and makes it on the first call. Call it on the loop.
// Tornado: AsyncHTTPClient().
func Instance(loop *ioloop.IOLoop) AsyncHTTPClient {
	cached := loop.Local(instanceKey{}, func() any { return new(AsyncHTTPClient) }).(*AsyncHTTPClient)
	if c, ok := (*cached).(interface{ Closed() bool }); *cached == nil || ok && c.Closed() {
		*cached = New(loop, Options{})
	}
	return *cached
}

// New returns a client of its own. It has the implementation and the options of Configure;
// fields of o that are not zero win. Call Close when it is not needed any more.
// Tornado: AsyncHTTPClient(force_instance=True).
func New(loop *ioloop.IOLoop, o Options) AsyncHTTPClient {
	configuration.Lock()
	implementation, configured := configuration.implementation, configuration.options
	configuration.Unlock()
	if implementation == nil {
		implementation = defaultImplementation
	}
	return implementation(loop, o.over(configured))
}

func defaultImplementation(loop *ioloop.IOLoop, o Options) AsyncHTTPClient {
	return NewSimpleAsyncHTTPClient(loop, o)
}

// over returns o with its zero fields replaced by those of configured.
func (o Options) over(configured Options) Options {
	to, from := reflect.ValueOf(&o).Elem(), reflect.ValueOf(configured)
	for i := range to.NumField() {
		if to.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return o
}
