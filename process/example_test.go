package process_test

import (
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/exec"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/process"
	"github.com/gotornado/tornado/tcpserver"
)

// Four processes serve one port. Children that crash are replaced.
func ExampleForkProcesses() {
	id, sockets, err := process.ForkProcesses(4, process.Options{
		Open: func() ([]*os.File, error) { // in the parent only
			bound, err := tcpserver.BindSockets(8888, "127.0.0.1", tcpserver.SocketOptions{})
			if err != nil {
				return nil, err
			}
			return process.Files(bound)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Only the children get here.
	server := tcpserver.New(func(stream *iostream.IOStream, _ netip.AddrPort) error {
		_, err := stream.Write(fmt.Appendf(nil, "hello from child %d\n", id)).Await()
		stream.Close()
		return err
	}, tcpserver.Options{})
	for _, socket := range sockets {
		if err := server.AddFile(socket); err != nil {
			log.Fatal(err)
		}
	}
	ioloop.Instance().Start()
}

// The pipes of a command are streams of the loop. Waiting for them does not block the loop.
func ExampleNewSubprocess() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	text, err := ioloop.RunSync(loop, 0, func() (string, error) {
		p, err := process.NewSubprocess(loop, exec.Command("sort"), process.Stdin|process.Stdout)
		if err != nil {
			return "", err
		}
		in, err := iostream.NewPipe(loop, p.Stdin, nil)
		if err != nil {
			return "", err
		}
		out, err := iostream.NewPipe(loop, p.Stdout, nil)
		if err != nil {
			return "", err
		}
		in.Write([]byte("pear\napple\n"))
		in.CloseWhenFlushed()
		sorted, err := out.ReadUntilClose().Await()
		if err != nil {
			return "", err
		}
		_, err = p.WaitForExit(true).Await() // an error if sort failed
		return string(sorted), err
	})
	fmt.Print(text, err)
	// Output:
	// apple
	// pear
	// <nil>
}

func ExampleSubprocess_WaitForExit() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	fmt.Println(ioloop.RunSync(loop, 0, func() (int, error) {
		p, err := process.NewSubprocess(loop, exec.Command("sh", "-c", "exit 3"), 0)
		if err != nil {
			return 0, err
		}
		if _, err := p.WaitForExit(true).Await(); err != nil {
			fmt.Println(err)
		}
		return p.WaitForExit(false).Await()
	}))
	// Output:
	// process: sh -c exit 3 ended with status 3
	// 3 <nil>
}
