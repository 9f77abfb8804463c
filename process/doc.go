// Package process runs child processes: copies of the program itself that share
// its listening sockets ([ForkProcesses]), and other commands, whose pipes and exit
// codes come home to a loop ([Subprocess]). Tornado: tornado.process.
//
// # Forking without fork
//
// A Go program has threads from its first line and cannot fork. ForkProcesses
// starts the program again instead, with the same arguments, environment and working
// directory, and hands it the sockets. Each child therefore runs main from the
// start, and becomes a child where main calls ForkProcesses: what comes before runs
// in the parent and in every child, [Options].Open in the parent alone, what comes
// after in the children alone. Nothing in memory is shared; loops, goroutines and
// files that the parent has opened do not reach the children.
//
// One Go process uses all CPUs anyway (TCPServer.Start runs many loops in it), so
// this mode is for isolation: a child that crashes takes only its own connections
// with it.
//
//	func main() {
//		id, sockets, err := process.ForkProcesses(4, process.Options{Open: listen})
//		if err != nil {
//			log.Fatal(err)
//		}
//		// Only children come here: TCPServer.AddFile takes a socket.
//	}
package process
