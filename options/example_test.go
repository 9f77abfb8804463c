package options_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gotornado/tornado/options"
)

// Options with a command line and a config file. A program uses the global parser: it calls
// options.Define and options.ParseCommandLine.
func Example() {
	p := options.NewOptionParser()
	port := options.DefineIn(p, "port", 8888, "run on the given port")
	hosts := options.DefineIn(p, "memcache_hosts", []string{"127.0.0.1:11011"}, "servers of the cache")
	options.DefineIn(p, "config_file", "", "file with more options", options.Callback(func(path string) error {
		return p.ParseConfigFile(path, options.Final(false))
	}))

	file := filepath.Join(os.TempDir(), "tornado-example.conf")
	defer os.Remove(file)
	if err := os.WriteFile(file, []byte("port = 80\nmemcache_hosts = ['cache1:11011', 'cache2:11011']\n"), 0o600); err != nil {
		panic(err)
	}
	rest, err := p.ParseCommandLine([]string{"server", "--config-file=" + file, "--port=9000", "argument"})
	fmt.Println(port.Value(), hosts.Value(), rest, err)
	fmt.Println(port.Source())
	// Output:
	// 9000 [cache1:11011 cache2:11011] [argument] <nil>
	// command line
}

// The options of a group, for example the settings of an application.
func ExampleOptionParser_GroupDict() {
	p := options.NewOptionParser()
	options.DefineIn(p, "template_path", "templates", "directory of the templates", options.Group("application"))
	options.DefineIn(p, "static_path", "static", "directory of the files", options.Group("application"))
	options.DefineIn(p, "port", 8888, "run on the given port")
	p.ParseCommandLine([]string{"server", "--static_path=/srv/static"})
	settings := p.GroupDict("application")
	fmt.Println(settings["template_path"], settings["static_path"], len(settings))
	// Output: templates /srv/static 2
}

// An option that has another value for the time of a test. Tornado: mock.patch.object with
// options.mockable().
func ExampleMockable_Patch() {
	p := options.NewOptionParser()
	name := options.DefineIn(p, "name", "production", "name of the site")
	restore := p.Mockable().Patch("name", "test")
	fmt.Println(name.Value())
	restore()
	fmt.Println(name.Value())
	// Output:
	// test
	// production
}
