package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// An oauthParameter is a name and a value that take part in a signature.
type oauthParameter struct{ name, value string }

// percentEncode encodes all bytes except letters, digits, "-", ".", "_" and "~" (RFC 5849,
// section 3.6).
func percentEncode(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// baseStringURI returns the part of a URL that is signed (RFC 5849, section 3.4.1.2), and
// the parameters of its query.
func baseStringURI(rawURL string) (string, []oauthParameter, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", nil, err
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", nil, err
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if name, port, err := net.SplitHostPort(host); err == nil && (scheme == "http" && port == "80" || scheme == "https" && port == "443") {
		if host = name; strings.Contains(name, ":") {
			host = "[" + name + "]"
		}
	}
	return scheme + "://" + host + cmp.Or(u.EscapedPath(), "/"), parametersOf(query), nil
}

func parametersOf(values url.Values) []oauthParameter {
	var list []oauthParameter
	for name, all := range values {
		for _, value := range all {
			list = append(list, oauthParameter{name, value})
		}
	}
	return list
}

// normalize encodes, sorts and joins parameters (RFC 5849, section 3.4.1.3.2).
func normalize(list []oauthParameter) string {
	encoded := make([]oauthParameter, len(list))
	for i, p := range list {
		encoded[i] = oauthParameter{percentEncode(p.name), percentEncode(p.value)}
	}
	slices.SortFunc(encoded, func(a, b oauthParameter) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	var b strings.Builder
	for i, p := range encoded {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// baseString returns the text that is signed (RFC 5849, section 3.4.1.1).
func baseString(method, uri string, list []oauthParameter) string {
	return percentEncode(strings.ToUpper(method)) + "&" + percentEncode(uri) + "&" + percentEncode(normalize(list))
}

// signHMAC returns the signature of a base string (RFC 5849, section 3.4.2). Version "1.0"
// of OAuth does not encode the secrets.
func signHMAC(version, base, consumerSecret, tokenSecret string) string {
	if version != "1.0" {
		consumerSecret, tokenSecret = percentEncode(consumerSecret), percentEncode(tokenSecret)
	}
	mac := hmac.New(sha1.New, []byte(consumerSecret+"&"+tokenSecret))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign returns the signature of a request whose form and protocol parameters are list.
func sign(version, method, rawURL string, list []oauthParameter, consumerSecret, tokenSecret string) (string, error) {
	uri, query, err := baseStringURI(rawURL)
	if err != nil {
		return "", err
	}
	return signHMAC(version, baseString(method, uri, slices.Concat(query, list)), consumerSecret, tokenSecret), nil
}

// authorizationHeader returns the protocol parameters as the value of the Authorization
// header (RFC 5849, section 3.5.1).
func authorizationHeader(list []oauthParameter) string {
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = percentEncode(p.name) + `="` + percentEncode(p.value) + `"`
	}
	return "OAuth " + strings.Join(parts, ", ")
}
