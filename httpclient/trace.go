package httpclient

import "time"

// A Phase is a part of a fetch. An error names the phase in which the fetch failed.
type Phase int

// These are the phases of a fetch, in order. A redirect starts again at PhaseResolve, or at
// PhaseSend if it uses an open connection.
const (
	PhasePrepare  Phase = iota // checking the request, or the URL of a redirect
	PhaseQueue                 // waiting for a free slot
	PhaseResolve               // resolving the name of the server
	PhaseConnect               // connecting to the server or to a proxy
	PhaseProxy                 // asking the proxy for a tunnel
	PhaseTLS                   // TLS handshake
	PhaseSend                  // sending the request
	PhaseWait                  // waiting for the first byte of the response
	PhaseRead                  // reading the response
	PhaseRedirect              // following a redirect
	PhaseDone                  // the fetch has ended
)

var phaseNames = [...]string{
	PhasePrepare:  "preparing the request",
	PhaseQueue:    "in request queue",
	PhaseResolve:  "resolving the name",
	PhaseConnect:  "connecting",
	PhaseProxy:    "opening a tunnel through the proxy",
	PhaseTLS:      "TLS handshake",
	PhaseSend:     "sending the request",
	PhaseWait:     "waiting for the response",
	PhaseRead:     "reading the response",
	PhaseRedirect: "following a redirect",
	PhaseDone:     "done",
}

// String returns the phase as error texts show it, for example "connecting".
func (p Phase) String() string {
	if p < 0 || int(p) >= len(phaseNames) {
		return "unknown phase"
	}
	return phaseNames[p]
}

// A TraceEvent says that a phase of a fetch begins. The phase before it ends at the same time.
type TraceEvent struct {
	Phase  Phase
	Time   time.Time
	Hop    int    // number of requests of this fetch before this one
	URL    string // URL of this request, without user info, query and fragment
	Reused bool   // the connection has served another request before; valid from PhaseSend on
	Code   int    // code of the response; valid at PhaseRedirect and PhaseDone, 0 without a response
	Err    error  // the error of the fetch at PhaseDone, or nil
}
