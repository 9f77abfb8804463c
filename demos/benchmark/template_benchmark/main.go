// Command template_benchmark renders a page with a table of 1000 rows again and again, and prints
// the time that it takes on average.
package main

import (
	_ "embed"
	"fmt"
	"log"
	"time"

	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/template"
)

var num = options.Define("num", 100, "number of iterations")

//go:embed page.html
var source string

const rows = 1000

// context returns the names of the page: a title, and a table with ten numbers in each row.
func context() map[string]any {
	table := make([][]int, rows)
	for i := range table {
		table[i] = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	}
	return map[string]any{"page_title": "Tornado's <benchmark>", "table": table}
}

func main() {
	options.ParseCommandLine()
	page, err := template.New("page.html", source, template.Options{})
	if err != nil {
		log.Fatal(err)
	}
	names, start := context(), time.Now()
	for range num.Value() {
		if _, err := page.Generate(names); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%.3f ms per iteration\n", time.Since(start).Seconds()*1000/float64(max(num.Value(), 1)))
}
