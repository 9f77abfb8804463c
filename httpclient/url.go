package httpclient

import "strings"

// redactURL returns the scheme, host and path of rawURL. User info, query and fragment may
// contain credentials; "?..." stands for a query.
func redactURL(rawURL string) string {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	rawURL, _, query := strings.Cut(rawURL, "?")
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		return "(invalid URL)"
	}
	authority, path := rest, ""
	if slash := strings.IndexAny(rest, `/\`); slash >= 0 {
		authority, path = rest[:slash], rest[slash:]
	}
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	redacted := scheme + "://" + authority + path
	if query {
		redacted += "?..."
	}
	return redacted
}
