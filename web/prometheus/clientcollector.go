package prometheus

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gotornado/tornado/httpclient"
)

// A ClientCollector has the metrics of an httpclient. With the default namespace they are:
//
//	tornado_http_client_requests_total            fetches by method, host and code
//	tornado_http_client_failures_total            fetches without a response by host and phase
//	tornado_http_client_request_duration_seconds  a histogram by method and host
//	tornado_http_client_queue_duration_seconds    a histogram of the time in the queue
//
// The label host is that of the first request of a fetch, so redirects cannot create labels.
// The code is 599 without a response. Any number of clients, on any number of loops, may use
// a ClientCollector.
type ClientCollector struct {
	requests *prometheus.CounterVec
	failures *prometheus.CounterVec
	duration *prometheus.HistogramVec
	queue    prometheus.Histogram
}

var _ prometheus.Collector = (*ClientCollector)(nil)

// NewClient returns a ClientCollector without counts. Register it, and set
// httpclient.Options.Observe to its Observe method, for example with httpclient.Configure.
func NewClient(o Options) *ClientCollector {
	if o.Namespace == "" {
		o.Namespace = "tornado"
	}
	if o.Buckets == nil {
		o.Buckets = prometheus.DefBuckets
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: o.Namespace, Subsystem: "http_client", Name: name, Help: help}, labels)
	}
	histogram := prometheus.HistogramOpts{Namespace: o.Namespace, Subsystem: "http_client", Buckets: o.Buckets,
		Name: "request_duration_seconds", Help: "Time from the call to the end of the fetch, with the queue and redirects."}
	queue := histogram
	queue.Name, queue.Help = "queue_duration_seconds", "Time in the queue."
	return &ClientCollector{
		requests: counter("requests_total", "Fetches that have ended.", "method", "host", "code"),
		failures: counter("failures_total", "Fetches without a response.", "host", "phase"),
		duration: prometheus.NewHistogramVec(histogram, []string{"method", "host"}),
		queue:    prometheus.NewHistogram(queue),
	}
}

// Observe counts a fetch; set [httpclient.Options.Observe] to it. Any goroutine may call it.
func (c *ClientCollector) Observe(r httpclient.FetchRecord) {
	method := knownMethod(r.Method)
	c.requests.WithLabelValues(method, r.Host, strconv.Itoa(r.Code)).Inc()
	if r.Phase != httpclient.PhaseDone {
		c.failures.WithLabelValues(r.Host, r.Phase.String()).Inc()
	}
	c.duration.WithLabelValues(method, r.Host).Observe(r.Duration.Seconds())
	c.queue.Observe(r.Queue.Seconds())
}

// Describe implements [prometheus.Collector]; the client library's registry calls it.
func (c *ClientCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range []prometheus.Collector{c.requests, c.failures, c.duration, c.queue} {
		m.Describe(ch)
	}
}

// Collect implements [prometheus.Collector]; the client library's registry calls it.
func (c *ClientCollector) Collect(ch chan<- prometheus.Metric) {
	for _, m := range []prometheus.Collector{c.requests, c.failures, c.duration, c.queue} {
		m.Collect(ch)
	}
}
