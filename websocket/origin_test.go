package websocket

import "testing"

func TestOriginAllowed(t *testing.T) { // ws-6, with a list
	for _, tt := range []struct {
		origin, allowed string
		want            bool
	}{
		{"https://example.com", "https://example.com", true},
		{"https://EXAMPLE.com", "https://example.COM", true},
		{"http://example.com", "https://example.com", false},
		{"https://example.com:8080", "https://example.com", false},
		{"https://example.com.evil", "https://example.com", false},
		{"https://a.example.com", "https://example.com", false},
		{"null", "https://example.com", false},
		{"null", "null", true},
		{"null", "*", true},
		{"https://anything", "*", true},
		{"https://a.example.com", "https://*.example.com", true},
		{"https://a.b.Example.com", "https://*.example.com", true},
		{"https://example.com", "https://*.example.com", false},
		{"https://.example.com", "https://*.example.com", false},
		{"https://evilexample.com", "https://*.example.com", false},
		{"http://a.example.com", "https://*.example.com", false},
		{"httpx://a.example.com", "https://*.example.com", false},
		{"https://a.example.com:443", "https://*.example.com", false},
		{"https://a.example.com:8443", "https://*.example.com:8443", true},
		{"https://evil/.example.com", "https://*.example.com", false},
		{"https://evil?.example.com", "https://*.example.com", false},
		{"https://evil#.example.com", "https://*.example.com", false},
		{"https://evil:1.example.com", "https://*.example.com", false},
		{"https://evil@.example.com", "https://*.example.com", false},
		{"https://evil\\.example.com", "https://*.example.com", false},
		{"https", "https://*.example.com", false},
		{"", "https://example.com", false},
	} {
		if got := OriginAllowed(tt.origin, []string{"http://other", tt.allowed}); got != tt.want {
			t.Errorf("%q in a list with %q: %v", tt.origin, tt.allowed, got)
		}
	}
	if OriginAllowed("https://example.com", nil) {
		t.Error("no list allows something")
	}
}
