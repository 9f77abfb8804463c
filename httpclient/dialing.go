package httpclient

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpclient"
)

// open opens a connection for the current request and sends the request on it.
func (f *fetch) open(key *poolKey) {
	f.enterPhase(PhaseResolve)
	f.timer.limitConnect()
	d := &dialing{fetch: f, hop: f.progress.hop, key: *key}
	dialing := ioloop.Go(f.client.loop, func() (struct{}, error) {
		d.openConnection()
		return struct{}{}, nil
	})
	if !dialing.Done() && !f.ended() {
		f.dialing = dialing
	}
}

// A dialing opens a connection for a fetch, in a coroutine. The phase of the fetch is its
// progress.
type dialing struct {
	fetch  *fetch
	hop    *hop
	key    poolKey
	stream *iostream.IOStream // nil until it is connected
}

// openConnection opens the connection. Cancelling the coroutine ends the attempt.
func (d *dialing) openConnection() {
	f := d.fetch
	opened := false
	defer func() {
		if d.stream != nil && !opened { // also if the loop is closing
			d.stream.Close()
		}
	}()
	message, err := d.connectAll()
	f.dialing = nil
	switch {
	case f.ended():
	case err != nil:
		f.failDialing(message, err)
	default:
		opened = true
		c := newServerConnection(f.client, f.client.pool.addOpen(&d.key), d.stream)
		f.timer.limitRequest()
		f.sendRequest(c)
	}
}

// failDialing ends the fetch because no connection could be opened.
func (f *fetch) failDialing(message string, err error) {
	if invalid, ok := errors.AsType[*InvalidRequestError](err); ok {
		f.endFetch(nil, invalid)
		return
	}
	f.failFetch(message, err)
}

// connectAll connects, opens the tunnel of a proxy, and starts TLS. message names the step that
// has failed.
func (d *dialing) connectAll() (message string, err error) {
	if err = d.dial(); err != nil {
		if d.fetch.progress.phase == PhaseResolve {
			return "cannot resolve the name", err
		}
		return "cannot connect", err
	}
	proxy := d.hop.proxy
	if proxy != nil && proxy.scheme == "https" {
		settings := tlsSettings{caCerts: d.fetch.plan.settings.CACerts}
		if err = d.startTLS(settings, proxy.host); err != nil {
			return "TLS handshake with the proxy failed", err
		}
	}
	if proxy != nil && !d.hop.absoluteForm() {
		d.fetch.enterPhase(PhaseProxy)
		if message, err = d.openTunnel(); err != nil {
			return message, err
		}
	}
	if d.hop.target.scheme == "https" {
		if err = d.startTLS(d.key.tls, d.hop.target.host); err != nil {
			return "TLS handshake failed", err
		}
	}
	return "", nil
}

// dial connects the stream to the server or to the proxy.
func (d *dialing) dial() error {
	f := d.fetch
	host, port := d.hop.target.host, d.hop.target.port
	if p := d.hop.proxy; p != nil {
		host, port = p.host, p.port
	}
	options := tcpclient.Options{Network: d.key.route.network, Stream: f.client.streams}
	if source := d.key.route.source; source != "" {
		options.SourceIP, _ = netip.ParseAddr(source) // the plan has checked it
	}
	client := tcpclient.TCPClient{Resolver: &reportingResolver{d, f.client.options.Resolver}}
	connected := client.Connect(f.client.loop, host, port, options)
	stream, err := connected.Await()
	if err != nil {
		if !connected.Cancel() { // the stream was connected although this coroutine was cancelled
			if late, lateErr := connected.Result(); lateErr == nil {
				late.Close()
			}
		}
		return err
	}
	d.stream = stream
	return nil
}

// startTLS runs the TLS handshake.
func (d *dialing) startTLS(settings tlsSettings, host string) error {
	f := d.fetch
	f.enterPhase(PhaseTLS)
	config, err := ioloop.RunInExecutor(f.client.loop, settings.config).Await() // it may read files
	if err != nil {
		return err
	}
	config.NextProtos = []string{"http/1.1"}
	if config.ServerName == "" {
		config.ServerName, _, _ = strings.Cut(host, "%") // without the zone of an IPv6 address
	}
	if settings.options == nil {
		config.ClientSessionCache = f.client.tls.cacheFor(settings)
	}
	if _, err = d.stream.StartTLS(false, config).Await(); err == nil {
		f.progress.endTLS(f.client.loop.Time())
	}
	return err
}

// A reportingResolver tells the fetch when the name is resolved.
type reportingResolver struct {
	dialing  *dialing
	resolver tcpclient.Resolver // nil means the system's
}

var _ tcpclient.UnixResolver = (*reportingResolver)(nil)

// Resolve implements tcpclient.Resolver.
func (r *reportingResolver) Resolve(ctx context.Context, network, host string, port int) ([]netip.AddrPort, error) {
	resolver := r.resolver
	if resolver == nil {
		resolver = tcpclient.DefaultResolver{}
	}
	addresses, err := resolver.Resolve(ctx, network, host, port)
	if err == nil {
		r.reportConnect()
	}
	return addresses, err
}

// ResolveUnix implements tcpclient.UnixResolver.
func (r *reportingResolver) ResolveUnix(ctx context.Context, host string, port int) (path string, err error) {
	resolver, ok := r.resolver.(tcpclient.UnixResolver)
	if !ok {
		return "", nil
	}
	if path, err = resolver.ResolveUnix(ctx, host, port); path != "" {
		r.reportConnect()
	}
	return path, err
}

// reportConnect tells the loop that the fetch connects now.
func (r *reportingResolver) reportConnect() {
	f := r.dialing.fetch
	f.client.loop.AddCallback(func() {
		if f.progress.phase == PhaseResolve && f.progress.hop == r.dialing.hop {
			f.enterPhase(PhaseConnect)
		}
	})
}
