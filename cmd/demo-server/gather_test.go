package main

import (
	"net/netip"
	"strings"
)

// The page calls its pages at the same time: the second call does not wait for the first one.
// It shows the phases of each call.
func (s *demoSuite) TestGather() {
	bound := netip.MustParseAddrPort(strings.TrimSuffix(strings.TrimPrefix(s.GetURL("/"), "http://"), "/"))
	s.OnLoop(func() error { s.demo.bound = bound; return nil })
	for _, phase := range []string{"connecting", "waiting for the response"} { // the second time, connections are open
		answer := s.Fetch("/gather")
		s.Equal(200, answer.StatusCode)
		for _, path := range gathered {
			s.Contains(answer.Body, `aria-label="Timeline of /`+path+`"`)
		}
		s.Contains(answer.Body, "code 404")
		s.Contains(answer.Body, "<title>"+phase+": ")
		s.NotContains(answer.Body, " style=")
	}
}
