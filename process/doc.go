// Package process runs child processes: copies of the program that share its listening
// sockets ([ForkProcesses]), and other commands, whose pipes and exit codes a loop handles
// ([Subprocess]). Tornado: tornado.process.
//
// # Forking without fork
//
// A Go program has several threads from its start and cannot fork. ForkProcesses instead
// starts the program again, with the same arguments, environment and working directory, and
// passes the sockets on. So each child runs main from its beginning, and becomes a child
// where main calls ForkProcesses. Code before the call runs in the parent and in every child,
// [Options].Open runs in the parent only, and code after the call runs in the children only.
// Memory is not shared: the children do not get loops, goroutines or files of the parent.
//
// One Go process can use all CPUs (TCPServer.Start runs several loops in it). Use several
// processes for isolation: a child that crashes takes only its own connections with it.
//
//	func main() {
//		id, sockets, err := process.ForkProcesses(4, process.Options{Open: listen})
//		if err != nil {
//			log.Fatal(err)
//		}
//		// Only children get here: TCPServer.AddFile takes a socket.
//	}
package process
