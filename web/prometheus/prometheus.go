// Package prometheus counts the requests of an application for Prometheus. It is a separate
// package, so that only programs that use it depend on the client library. A ClientCollector
// counts the fetches of an httpclient.
//
//	metrics := prometheus.New(prometheus.Options{})
//	registry.MustRegister(metrics)
//	app := web.NewApplication([]web.URLSpec{
//		web.URL("/metrics", web.FallbackHandler{Handler: promhttp.Handler()}),
//	}, web.Settings{Observe: metrics.Observe})
package prometheus

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gotornado/tornado/web"
)

// Options configure a Collector. The zero value has the defaults.
type Options struct {
	Namespace string    // prefix of the metric names; "" means "tornado"
	Buckets   []float64 // buckets of the durations, in seconds; nil means the client library's defaults
}

// A Collector has three metrics. With the default namespace they are:
//
//	tornado_http_requests_total            requests by method, route and code
//	tornado_http_request_duration_seconds  a histogram by method and route
//	tornado_http_response_size_bytes_total bytes of bodies by method and route
//
// The label route is the name of the matched URLSpec, or else its pattern, or "none". The
// label method is "other" for uncommon methods. So clients cannot create labels. Any number
// of goroutines may use a Collector.
type Collector struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
}

var _ prometheus.Collector = (*Collector)(nil)

// New returns a Collector without counts. Register it, and set the application's
// Settings.Observe to its Observe method.
func New(o Options) *Collector {
	if o.Namespace == "" {
		o.Namespace = "tornado"
	}
	if o.Buckets == nil {
		o.Buckets = prometheus.DefBuckets
	}
	return &Collector{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: o.Namespace, Subsystem: "http",
			Name: "requests_total", Help: "Requests that got a response."}, []string{"method", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: o.Namespace, Subsystem: "http",
			Name: "request_duration_seconds", Help: "Time from the request head to the end of the response.", Buckets: o.Buckets}, []string{"method", "route"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: o.Namespace, Subsystem: "http",
			Name: "response_size_bytes_total", Help: "Bytes of response bodies."}, []string{"method", "route"}),
	}
}

// Observe counts a request; set [web.Settings.Observe] to it. Any goroutine may call it.
func (c *Collector) Observe(r web.RequestRecord) {
	method, route := knownMethod(r.Method), routeOf(r)
	c.requests.WithLabelValues(method, route, strconv.Itoa(r.Status)).Inc()
	c.duration.WithLabelValues(method, route).Observe(r.Duration.Seconds())
	c.bytes.WithLabelValues(method, route).Add(float64(r.Bytes))
}

func routeOf(r web.RequestRecord) string {
	switch {
	case r.Name != "":
		return r.Name
	case r.Pattern != "":
		return r.Pattern
	}
	return "none"
}

// knownMethod returns method, or "other" for an uncommon one.
func knownMethod(method string) string {
	switch method {
	case "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return method
	}
	return "other"
}

// Describe implements [prometheus.Collector]; the client library's registry calls it.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	c.requests.Describe(ch)
	c.duration.Describe(ch)
	c.bytes.Describe(ch)
}

// Collect implements [prometheus.Collector]; the client library's registry calls it.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	c.requests.Collect(ch)
	c.duration.Collect(ch)
	c.bytes.Collect(ch)
}
