package websocket

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket/internal/cluster"
)

// A Cluster names groups that all processes on one broker share. A process is subscribed to a
// group while the group has members there. The zero value has no broker: its groups are those
// of this process. A Cluster must not be copied. Tornado has no such type.
type Cluster struct {
	mu     sync.RWMutex
	groups map[string]weak.Pointer[Group]
	peak   int                 // the largest length that the current map of groups has had
	link   *cluster.BrokerLink // nil without a broker

	inboxMutex sync.Mutex // locked after the mutex of a group
	inboxes    map[*ioloop.IOLoop]*loopInbox
	maxInbound int

	leaving  sync.Mutex // held by Leave
	departed atomic.Bool
}

// ClusterOptions are the options of NewCluster. Zero fields have the defaults that their
// comments name.
type ClusterOptions struct {
	// Name begins the topics of the cluster, so that applications can share a broker. It has
	// at most 64 letters, digits, "_" and "-". The default is "tornado".
	Name string
	// MaxPending limits the bytes that wait for the broker. When they are exceeded, the
	// oldest messages are dropped. The default is 8 MiB.
	MaxPending int
	// MaxInbound limits the bytes from other processes that wait for a loop. When they are
	// exceeded, new messages are dropped for that loop. The default is 16 MiB.
	MaxInbound int
	// Linger is how long a process stays subscribed to a group after its last member there
	// has left. The default is 30 s.
	Linger time.Duration
	// Beat is the time between the beats by which a process shows that it is alive. With more
	// than 64 processes the time grows. The default is 2 s.
	Beat time.Duration
	// Lease is how long a process counts as alive after its last beat. The default is three
	// times Beat.
	Lease time.Duration
	// OnStatus is called with each change of the connection to the broker, by a goroutine of
	// the cluster. It must not block.
	OnStatus func(BrokerStatus)
}

// The defaults of ClusterOptions.
const (
	defaultClusterName = "tornado"
	defaultMaxPending  = 8 << 20
	defaultMaxInbound  = 16 << 20
	defaultLinger      = 30 * time.Second
	defaultBeat        = 2 * time.Second
)

// maxGroupName is the largest length of a group's name in bytes.
const maxGroupName = 200

// withDefaults returns o with the defaults filled in, or the error of a field.
func (o ClusterOptions) withDefaults() (ClusterOptions, error) {
	if o.Name == "" {
		o.Name = defaultClusterName
	}
	if !isTopicName(o.Name) {
		return o, fmt.Errorf("websocket: ClusterOptions.Name %q: use at most 64 letters, digits, _ and -", o.Name)
	}
	for _, field := range []struct {
		name       string
		value      *int
		defaultInt int
	}{
		{"MaxPending", &o.MaxPending, defaultMaxPending},
		{"MaxInbound", &o.MaxInbound, defaultMaxInbound},
	} {
		if *field.value < 0 {
			return o, fmt.Errorf("websocket: ClusterOptions.%s is negative", field.name)
		}
		if *field.value == 0 {
			*field.value = field.defaultInt
		}
	}
	return o.withDurations()
}

// withDurations returns o with the default durations filled in, or the error of a field.
func (o ClusterOptions) withDurations() (ClusterOptions, error) {
	if o.Linger < 0 || o.Beat < 0 || o.Lease < 0 {
		return o, errors.New("websocket: a duration of ClusterOptions is negative")
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	if o.Beat == 0 {
		o.Beat = defaultBeat
	}
	if o.Lease == 0 {
		o.Lease = 3 * o.Beat
	}
	if o.Lease < 2*o.Beat {
		return o, errors.New("websocket: ClusterOptions.Lease must be at least twice Beat")
	}
	return o, nil
}

func isTopicName(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// NewCluster returns a Cluster on b, which connects in the background. While there is no
// connection, members of this process hear each other, and messages for other processes wait
// within MaxPending. A nil b is the same as the zero Cluster. The error is about the options or
// the configuration of b. Call Leave when the process ends.
func NewCluster(b Broker, o ClusterOptions) (*Cluster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := new(Cluster)
	if b == nil {
		return c, nil
	}
	c.useBroker(b, o, time.Now)
	if err := c.link.Open(); err != nil {
		return nil, err
	}
	c.link.StartClock()
	return c, nil
}

// useBroker gives c a link to b, which is not open.
func (c *Cluster) useBroker(b Broker, o ClusterOptions, now func() time.Time) {
	c.inboxes, c.maxInbound = map[*ioloop.IOLoop]*loopInbox{}, o.MaxInbound
	options := cluster.Options{Name: o.Name, MaxPending: o.MaxPending, Linger: o.Linger, Beat: o.Beat, Lease: o.Lease}
	if o.OnStatus != nil {
		options.OnStatus = func(s cluster.Status) { o.OnStatus(BrokerStatus(s)) }
	}
	c.link = cluster.NewBrokerLink(brokerTransport{b}, options, now)
}

// Group returns the group with a name, which all processes of the cluster share: Broadcast
// reaches the members in all of them. Each, Len, Close and Drain concern the members in this
// process. Group returns the same pointer for the same name. A name has 1 to 200 bytes;
// Group panics otherwise. Any goroutine may call Group.
func (c *Cluster) Group(name string) *Group {
	if name == "" || len(name) > maxGroupName {
		panic(fmt.Sprintf("websocket: the name of a group must have 1 to %d bytes, and this one has %d", maxGroupName, len(name)))
	}
	c.mu.RLock()
	g := c.groups[name].Value()
	c.mu.RUnlock()
	if g != nil {
		return g
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.groups[name].Value(); g != nil {
		return g
	}
	g = c.newGroup(name)
	if c.groups == nil {
		c.groups = map[string]weak.Pointer[Group]{}
	}
	c.groups[name] = weak.Make(g)
	c.peak = max(c.peak, len(c.groups))
	return g
}

// newGroup returns a new group. The cluster forgets its name when the group is garbage.
func (c *Cluster) newGroup(name string) *Group {
	g := new(Group)
	if c.link != nil {
		c.share(g, name)
	}
	if c.departed.Load() {
		g.drained(leaveCode, "") // closes its members
	}
	runtime.AddCleanup(g, c.forget, name)
	return g
}

// forget removes the name of a group that has been garbage collected.
func (c *Cluster) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.groups[name]; !ok || p.Value() != nil {
		return // a new group has the name
	}
	delete(c.groups, name)
	if c.peak > 1024 && len(c.groups) < c.peak/4 {
		c.shrink()
	}
}

// shrink replaces the map of groups, because a map keeps the memory of deleted keys.
func (c *Cluster) shrink() {
	small := make(map[string]weak.Pointer[Group], len(c.groups))
	for name, p := range c.groups {
		small[name] = p
	}
	c.groups, c.peak = small, len(small)
}
