package httputil

import (
	"strconv"
	"strings"
)

// A RequestStartLine is the first line of a request. Path is the whole request target with
// its query, as in Tornado. Version is for example "HTTP/1.1".
// Tornado: httputil.RequestStartLine.
type RequestStartLine struct{ Method, Path, Version string }

// A ResponseStartLine is the first line of a response. Reason may be empty.
// Tornado: httputil.ResponseStartLine.
type ResponseStartLine struct {
	Version string
	Code    int
	Reason  string
}

// ParseRequestStartLine parses "GET /path HTTP/1.1" (RFC 9112, section 3). A target may
// contain any byte except controls and space. The version must be HTTP/1.x. Errors are
// *HTTPInputError. Tornado: parse_request_start_line.
func ParseRequestStartLine(line string) (RequestStartLine, error) {
	method := strings.IndexByte(line, ' ')
	target := len(line) - len(" HTTP/1.1")
	if method < 0 || target <= method+1 || line[target] != ' ' ||
		!IsToken(line[:method]) || !isTarget(line[method+1:target]) || !isVersion(line[target+1:]) {
		return RequestStartLine{}, inputError("malformed request line")
	}
	start := RequestStartLine{line[:method], line[method+1 : target], line[target+1:]}
	return start, checkMajorVersion(start.Version)
}

// ParseResponseStartLine parses "HTTP/1.1 200 OK" (RFC 9112, section 4). The reason may be
// empty, but the space before it is required. The version must be HTTP/1.x. Errors are
// *HTTPInputError. Tornado: parse_response_start_line.
func ParseResponseStartLine(line string) (ResponseStartLine, error) {
	const codeAt, reasonAt = len("HTTP/1.1 "), len("HTTP/1.1 200 ")
	if len(line) < reasonAt || !isVersion(line[:codeAt-1]) || line[codeAt-1] != ' ' || line[reasonAt-1] != ' ' ||
		!isDigits(line[codeAt:reasonAt-1]) || !IsText(line[reasonAt:]) {
		return ResponseStartLine{}, inputError("malformed status line")
	}
	code, _ := strconv.Atoi(line[codeAt : reasonAt-1]) // three digits
	start := ResponseStartLine{line[:codeAt-1], code, line[reasonAt:]}
	return start, checkMajorVersion(start.Version)
}

// checkMajorVersion returns an error unless version, which isVersion accepts, is HTTP/1.x.
func checkMajorVersion(version string) error {
	if version[len("HTTP/")] != '1' {
		return inputError("unexpected version " + version)
	}
	return nil
}

func isTarget(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func isVersion(s string) bool { // HTTP/DIGIT.DIGIT
	return len(s) == len("HTTP/1.1") && s[:5] == "HTTP/" && isDigits(s[5:6]) && s[6] == '.' && isDigits(s[7:])
}
