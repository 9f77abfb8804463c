package websocket_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/websocket"
	"github.com/gotornado/tornado/websocket/brokertest"
)

// An application may have very many groups, most of them empty. The limits include the name of the
// group and its place in the cluster.
func TestEmptyGroupsAreSmall(t *testing.T) {
	const count = 20_000
	shared, err := websocket.NewCluster(brokertest.NewFakeServer().NewBroker(), websocket.ClusterOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { shared.Leave(t.Context(), 0) })
	for _, tt := range []struct {
		name     string
		newGroup func(i int) *websocket.Group
		limit    uint64
	}{
		{"of its own", func(int) *websocket.Group { return new(websocket.Group) }, 64 + 16},
		{"of a cluster without a broker", inCluster(new(websocket.Cluster)), 350},
		{"of a cluster with a broker", inCluster(shared), 600},
	} {
		groups := make([]*websocket.Group, count)
		before := heapInUse()
		for i := range groups {
			groups[i] = tt.newGroup(i)
		}
		each := (heapInUse() - before) / count
		runtime.KeepAlive(groups)
		t.Logf("%s: %d bytes", tt.name, each)
		require.LessOrEqual(t, each, tt.limit, tt.name)
	}
}

func inCluster(c *websocket.Cluster) func(i int) *websocket.Group {
	return func(i int) *websocket.Group { return c.Group(fmt.Sprint("room ", i)) }
}

// heapInUse returns the bytes of the heap that are in use after a collection.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
