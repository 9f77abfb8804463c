package websocket

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
	return c.link.stats()
}

func (k *clusterLink) stats() ClusterStats {
	k.queueMutex.Lock()
	q := k.queue.Counts()
	k.queueMutex.Unlock()
	k.mu.RLock()
	defer k.mu.RUnlock()
	n := &k.counts
	return ClusterStats{
		Connected: k.membership.Confirmed(), Connects: k.status.connects,
		Published: q.Published, Taken: q.Taken, Dropped: q.Dropped, TooLarge: q.TooLarge, Pending: q.Pending, PendingBytes: q.Bytes,
		Received: n.received.Load(), Delivered: n.delivered.Load(), Echoes: n.echoes.Load(),
		Duplicates: n.duplicates.Load(), Refused: n.refused.Load(),
		Lost: n.lost.Load(), Overflowed: n.overflowed.Load(),
		Groups: len(k.topics), Processes: k.membership.Processes(),
	}
}
