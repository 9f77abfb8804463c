// Package prometheus counts the requests of an application for Prometheus. It is a
// package of its own so that only who uses it needs the client library.
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

// Options tune a Collector. The zero value has the defaults.
type Options struct {
	Namespace string    // in front of the names; "" is "tornado"
	Buckets   []float64 // of the durations, in seconds; nil are the client library's
}

// A Collector has three metrics, with the default namespace:
//
//	tornado_http_requests_total            requests by method, route and code
//	tornado_http_request_duration_seconds  a histogram by method and route
//	tornado_http_response_size_bytes_total bytes of bodies by method and route
//
// route is the name of the URLSpec that matched, or else its pattern, or "none"; method
// is "other" for those that are not in common use. So clients cannot make up labels.
// Any number of goroutines may use a Collector.
type Collector struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
}

var _ prometheus.Collector = (*Collector)(nil)

// New returns a Collector that has counted nothing. Register it, and give its Observe to
// the application's setting of that name.
func New(o Options) *Collector {
	if o.Namespace == "" {
		o.Namespace = "tornado"
	}
	if o.Buckets == nil {
		o.Buckets = prometheus.DefBuckets
	}
	return &Collector{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: o.Namespace, Subsystem: "http",
			Name: "requests_total", Help: "Requests that were answered."}, []string{"method", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: o.Namespace, Subsystem: "http",
			Name: "request_duration_seconds", Help: "Time from a request's head to the end of its answer.", Buckets: o.Buckets}, []string{"method", "route"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: o.Namespace, Subsystem: "http",
			Name: "response_size_bytes_total", Help: "Bytes of the bodies of answers."}, []string{"method", "route"}),
	}
}

// Observe counts a request; it is for the setting [web.Settings.Observe]. Any goroutine
// may call it.
func (c *Collector) Observe(r web.RequestRecord) {
	method, route := methodOf(r), routeOf(r)
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

func methodOf(r web.RequestRecord) string {
	switch r.Method {
	case "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return r.Method
	}
	return "other"
}

// Describe implements [prometheus.Collector] of the client library, whose registry
// calls it.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	c.requests.Describe(ch)
	c.duration.Describe(ch)
	c.bytes.Describe(ch)
}

// Collect implements [prometheus.Collector] of the client library, whose registry calls
// it.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	c.requests.Collect(ch)
	c.duration.Collect(ch)
	c.bytes.Collect(ch)
}
