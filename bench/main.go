// Command bench compares the servers of package servers: the CPU time of each request or
// message, and the memory of idle connections. README.md explains it.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gotornado/tornado/bench/load"
	"github.com/gotornado/tornado/bench/servers"
)

const usage = `usage: bench command [flags]

  run    compare the servers' speed, each on a core of its own, in rounds
  idle   compare the memory of their idle connections
  serve  run one server: bench serve NAME --port N
  load   ask one server and print what that gave, as JSON
  hostile attack this project and print memory and waiting times
  victim run the server that hostile attacks
  plot   draw results that --json wrote as an SVG picture
  render render a page with one template engine and print what that cost, as JSON
  fetch  fetch a URL with one HTTP client and print the cost of a fetch, as JSON
  respond run the server that run --what fetch uses
  hold   keep idle connections open until standard input ends

bench COMMAND -h lists the flags.
`

func main() {
	commands := map[string]func(args []string) error{"run": run, "idle": idle, "serve": serve, "load": runLoad, "hold": hold, "render": render, "plot": plot, "fetch": fetchURL, "respond": respond, "hostile": runHostile, "victim": victim}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench", os.Args[1]+":", err)
		os.Exit(1)
	}
}

// listening and holding are the lines that a child process prints when it is ready.
const (
	listening = "listening"
	holding   = "holding"
)

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	port := flags.Int("port", 8888, "`port` to listen on, on the loopback address")
	workload := flags.String("what", servers.HTTP, "http, http-pipelined, ws, broadcast, tcp, tls, tls-handshake, static, gzip or json")
	if len(args) == 0 {
		args = []string{""}
	}
	flags.Parse(args[1:])
	server, err := servers.Find(args[0], *workload)
	if err != nil {
		return err
	}
	return server.Serve(*port, func() { fmt.Println(listening) })
}

// loadFlags declares the flags that the commands load and hold share.
func loadFlags(flags *flag.FlagSet, o *load.Options) {
	flags.StringVar(&o.Mode, "mode", load.HTTP, strings.Join(load.Modes(), ", "))
	flags.IntVar(&o.Port, "port", 8888, "`port` of the server, on the loopback address")
	flags.IntVar(&o.Conns, "conns", 64, "connections")
	flags.IntVar(&o.Size, "size", 128, "`bytes` of a message (ws, tcp, tls)")
	flags.IntVar(&o.Pipeline, "pipeline", 1, "HTTP requests sent at once on a connection")
}

func runLoad(args []string) error {
	var o load.Options
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	loadFlags(flags, &o)
	flags.DurationVar(&o.Duration, "duration", 3*time.Second, "measured time")
	flags.DurationVar(&o.Warmup, "warmup", time.Second, "unmeasured time before that")
	flags.IntVar(&o.PID, "pid", 0, "`process` whose CPU time is read at the start and the end of the measured time")
	flags.Parse(args)
	result, err := load.Run(o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func hold(args []string) error {
	var o load.Options
	flags := flag.NewFlagSet("hold", flag.ExitOnError)
	loadFlags(flags, &o)
	flags.Parse(args)
	holder, err := load.Hold(o)
	if err != nil {
		return err
	}
	defer holder.Close()
	fmt.Println(holding)
	bufio.NewReader(os.Stdin).ReadString('\n') // returns at any line or at the end of input
	return holder.Check()
}

// names splits a comma-separated list. An empty list has no names.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
