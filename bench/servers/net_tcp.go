package servers

import "net"

// echoNet uses the standard library alone: a goroutine and a buffer per connection. It does not
// use io.Copy, which would splice through a pipe, with three system calls instead of two.
func echoNet(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return echoListener(listener)
}

func echoListener(listener net.Listener) error {
	for {
		c, err := listener.Accept()
		if err != nil {
			return err
		}
		go echoConn(c)
	}
}

func echoConn(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}
