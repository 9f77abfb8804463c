// Package options defines a program's options where they are used, and reads them from the
// command line, the environment and config files:
//
//	var port = options.Define("port", 8888, "run on the given port")
//
//	func main() {
//		options.ParseCommandLine()
//		app.Listen(port.Value())
//	}
//
// Names are the same with "_" and with "-". Whatever the order of the calls, a value of the
// command line wins over one of the environment, that over one of a config file, and that
// over the default. ParseCommandLine sets up logging as the options of
// DefineLoggingOptions say. Parse and set options before other goroutines read them.
package options
