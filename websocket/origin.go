package websocket

import "strings"

// OriginAllowed reports whether list contains origin (RFC 6454, section 6.2), in any case of
// letters. In list, "*" is every origin, and "https://*.example.com" is every origin below that
// domain.
func OriginAllowed(origin string, list []string) bool {
	for _, allowed := range list {
		if allowed == "*" || equalFold(origin, allowed) || belowDomain(origin, allowed) {
			return true
		}
	}
	return false
}

// belowDomain reports whether origin matches a pattern such as https://*.example.com. The text
// in place of the asterisk has no delimiter of a URL, so it is a part of the host name.
func belowDomain(origin, pattern string) bool {
	scheme, domain, ok := strings.Cut(pattern, "://*.")
	if !ok {
		return false
	}
	scheme, domain = scheme+"://", "."+domain
	below := len(origin) - len(scheme) - len(domain)
	return below > 0 &&
		equalFold(origin[:len(scheme)], scheme) &&
		equalFold(origin[len(scheme)+below:], domain) &&
		!strings.ContainsAny(origin[len(scheme):len(scheme)+below], "/?#@:\\")
}
