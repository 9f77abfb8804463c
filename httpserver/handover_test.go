package httpserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/process"
	"github.com/stretchr/testify/require"
)

// handoverProgram is the server of TestHandover. It starts its successor on SIGUSR2, and ends
// when its standard input ends.
func handoverProgram([]string) error {
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	s := New(&app{respond: func(r *request) { r.reply(200, strconv.Itoa(os.Getpid())) }}, Options{Loop: l})
	handOver := make(chan os.Signal, 1)
	signal.Notify(handOver, syscall.SIGUSR2)
	files, err := process.Inherited()
	switch {
	case err != nil:
		return err
	case files != nil:
		_, err = s.BindFiles(files)
	default:
		bound, bindErr := s.Bind(0, "127.0.0.1")
		fmt.Println(bound)
		err = bindErr
	}
	if err != nil {
		return err
	}
	if err := s.Start(2); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- l.Start() }()
	if err := process.Ready(); err != nil {
		return err
	}
	<-handOver
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if files, err = s.Files(); err != nil {
		return err
	}
	if _, err := process.StartSuccessor(ctx, files); err != nil {
		return err
	}
	if err := s.Shutdown(ctx); err != nil {
		return err
	}
	l.Stop()
	return <-served
}

// Three processes follow one another under constant load, and no request fails. Some clients
// connect for each request, others keep their connections.
func TestHandover(t *testing.T) {
	const clients, successions = 4, 3
	cmd := program("handover")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	var address string
	_, err = fmt.Fscanln(stdout, &address)
	require.NoError(t, err)

	var wg sync.WaitGroup
	var requests atomic.Int64
	var current atomic.Value
	stop, failed := make(chan struct{}), make(chan error, 2*clients)
	for i := range 2 * clients {
		client := &http.Client{Timeout: looptest.Patience, Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
		wg.Go(func() {
			defer client.CloseIdleConnections()
			for {
				select {
				case <-stop:
					return
				default:
				}
				pid, err := getPID(client, address)
				if err != nil {
					failed <- err
					return
				}
				requests.Add(1)
				current.Store(pid)
			}
		})
	}
	pid := cmd.Process.Pid
	for range successions {
		at := requests.Load()
		require.Eventually(t, func() bool { return requests.Load() > at+100 || len(failed) > 0 }, 30*time.Second, time.Millisecond)
		require.NoError(t, syscall.Kill(pid, syscall.SIGUSR2))
		require.Eventually(t, func() bool { return current.Load() != pid || len(failed) > 0 }, 30*time.Second, time.Millisecond)
		require.Eventually(t, func() bool { return gone(address, pid) || len(failed) > 0 }, 30*time.Second, 10*time.Millisecond)
		if len(failed) > 0 {
			break
		}
		pid = current.Load().(int)
	}
	close(stop)
	wg.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	t.Logf("%d requests, %d successions, no failure", requests.Load(), successions)
}

func getPID(client *http.Client, address string) (int, error) {
	response, err := client.Get("http://" + address)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(body))
}

// gone reports whether many connections in a row reach a process other than pid.
func gone(address string, pid int) bool {
	for range 20 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		response, _ := io.ReadAll(c)
		c.Close()
		if strings.HasSuffix(string(response), fmt.Sprintf("\r\n\r\n%d", pid)) {
			return false
		}
	}
	return true
}
