package servers

import (
	"context"

	"github.com/cloudwego/netpoll"
)

// echoNetpoll echoes without a copy, with the Reader and Writer of netpoll's guide. Flush returns
// when everything is sent, so the input may be released then.
func echoNetpoll(port int, ready func()) error {
	listener, err := netpoll.CreateListener("tcp", address(port))
	if err != nil {
		return err
	}
	loop, err := netpoll.NewEventLoop(func(_ context.Context, c netpoll.Connection) error {
		in, out := c.Reader(), c.Writer()
		data, err := in.Next(in.Len())
		if err != nil {
			return err
		}
		if _, err := out.WriteBinary(data); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		return in.Release()
	})
	if err != nil {
		return err
	}
	ready()
	return loop.Serve(listener)
}
