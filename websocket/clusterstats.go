package websocket

import "time"

// A BrokerStatus is a change of a cluster's connection to its broker.
type BrokerStatus struct {
	Connected bool          // a message of this process has come back through the broker
	Err       error         // why there is no connection
	Away      time.Duration // when connected: how long there was no connection
	Dropped   uint64        // when connected: messages that were dropped meanwhile because MaxPending was exceeded
	Lost      uint64        // when connected: messages of other processes that were found missing meanwhile
}

// ClusterStats are counters of a Cluster since its start. Messages of groups are counted;
// beats are not. The counters add up: Published is Taken + Dropped + TooLarge + Pending, and
// Received is Delivered + Echoes + Duplicates + Refused. They are zero without a broker.
type ClusterStats struct {
	Connected bool   // a beat of this process has come back through the broker
	Connects  uint64 // how many connections there have been

	Published    uint64 // broadcasts of this process
	Taken        uint64 // those that the broker has taken
	Dropped      uint64 // those that were dropped because MaxPending was exceeded
	TooLarge     uint64 // those that were too large for the broker
	Pending      int    // those that wait for the broker
	PendingBytes int    // bytes of those

	Received   uint64 // publications that have arrived from the broker
	Delivered  uint64 // messages for the members of this process
	Echoes     uint64 // messages that this process has published itself
	Duplicates uint64 // messages that have arrived before
	Refused    uint64 // publications that are not a message of this version

	Lost       uint64 // messages of other processes that have not arrived
	Overflowed uint64 // messages that were dropped for a loop because MaxInbound was exceeded

	Groups    int // groups that this process is subscribed to
	Processes int // processes that are alive, with this one
}

// Stats returns the counters. Any goroutine may call it.
func (c *Cluster) Stats() ClusterStats {
	if c.link == nil {
		return ClusterStats{}
	}
	s := c.link.Stats()
	return ClusterStats{Connected: s.Connected, Connects: s.Connects,
		Published: s.Published, Taken: s.Taken, Dropped: s.Dropped, TooLarge: s.TooLarge, Pending: s.Pending, PendingBytes: s.Bytes,
		Received: s.Received, Delivered: s.Delivered, Echoes: s.Echoes, Duplicates: s.Duplicates, Refused: s.Refused,
		Lost: s.Lost, Overflowed: s.Overflowed, Groups: s.Groups, Processes: s.Processes}
}
