package servers

import "github.com/panjf2000/gnet/v2"

// A gnetPipe is gnet's own echo example.
type gnetPipe struct {
	gnet.BuiltinEventEngine
	ready func()
}

func echoGnet(port int, ready func()) error {
	return gnet.Run(&gnetPipe{ready: ready}, "tcp://"+address(port), gnet.WithMulticore(false))
}

func (p *gnetPipe) OnBoot(gnet.Engine) gnet.Action {
	p.ready()
	return gnet.None
}

func (p *gnetPipe) OnTraffic(c gnet.Conn) gnet.Action {
	data, err := c.Next(-1)
	if err == nil {
		_, err = c.Write(data)
	}
	if err != nil {
		return gnet.Close
	}
	return gnet.None
}
