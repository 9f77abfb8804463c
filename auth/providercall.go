package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

// Limits of a call to a provider.
const (
	callTimeout     = 20 * time.Second
	maxResponseSize = 1 << 20 // bytes of a body
	maxLoggedBody   = 500     // bytes of a body that failed, in the log
)

var errResponseTooLarge = fmt.Errorf("the response has more than %d bytes", maxResponseSize)

// callProvider sends a request to a provider and returns the response, with any status. It
// does not follow redirects, because a request has credentials. The error is an *AuthError.
func callProvider(h Handler, r *httpclient.HTTPRequest) (*httpclient.HTTPResponse, error) {
	r.FollowRedirects, r.RaiseError = httpclient.Off, httpclient.Off
	r.RequestTimeout = callTimeout
	r.Headers.Set("Accept", "application/json")
	var body []byte
	r.StreamingCallback = func(chunk []byte) error {
		if len(body)+len(chunk) > maxResponseSize {
			return errResponseTooLarge
		}
		body = append(body, chunk...)
		return nil
	}
	response, err := clientOf(h).Fetch(r).Await()
	if err != nil {
		return nil, &AuthError{Code: CodeUnavailable, Description: "the call to the provider failed", StatusCode: http.StatusBadGateway, Err: err}
	}
	response.Body = body
	return response, nil
}

// formRequest returns a POST of a form.
func formRequest(url string, form url.Values) *httpclient.HTTPRequest {
	r := &httpclient.HTTPRequest{URL: url, Method: "POST", Body: []byte(form.Encode())}
	r.Headers.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// succeeded reports whether the status of a response is 2xx.
func succeeded(r *httpclient.HTTPResponse) bool { return 200 <= r.Code && r.Code <= 299 }

// responseError returns the error for a response of the provider that is an error or is not
// usable. It logs the body, without the given secrets.
func responseError(what string, response *httpclient.HTTPResponse, cause error, secrets ...string) error {
	logBody(what, response, secrets)
	if refused, ok := errors.AsType[*AuthError](cause); ok {
		return refused
	}
	if !succeeded(response) {
		if code, description := errorFields(response.Body); code != "" {
			return refusal(code, description)
		}
		return &AuthError{Code: CodeUnavailable, Description: fmt.Sprintf("%s: the provider responds with status %d", what, response.Code), StatusCode: http.StatusBadGateway, Err: response.Error}
	}
	return invalidResponse(what+": the response of the provider cannot be used", cause)
}

// logBody logs the beginning of a body. A successful response may have tokens, so its body
// is not logged.
func logBody(what string, response *httpclient.HTTPResponse, secrets []string) {
	text := fmt.Sprintf("%d bytes", len(response.Body))
	if !succeeded(response) {
		text = string(response.Body[:min(len(response.Body), maxLoggedBody)])
		for _, secret := range secrets {
			if secret != "" {
				text = strings.ReplaceAll(text, secret, "[secret]")
			}
		}
	}
	log.Gen().Warn(fmt.Sprintf("%s: status %d, %s: %q", what, response.Code, response.Headers.Get("Content-Type"), text))
}

// errorFields returns the error and its description in the body of an error response (RFC
// 6749, section 5.2). Facebook has an object with its own fields there.
func errorFields(body []byte) (code, description string) {
	fields, err := decodeObject(body)
	if err != nil {
		return "", ""
	}
	if nested, ok := fields["error"].(map[string]any); ok {
		return textOf(nested["type"]), textOf(nested["message"])
	}
	return textOf(fields["error"]), textOf(fields["error_description"])
}

// decodeJSON decodes exactly one JSON value. Numbers in maps become json.Number.
func decodeJSON(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return errors.New("the body is not JSON of the expected form") // the decoder's error may quote the body
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("the body has more than one JSON value")
	}
	return nil
}

func decodeObject(body []byte) (map[string]any, error) {
	var fields map[string]any
	if err := decodeJSON(body, &fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("the body is null")
	}
	return fields, nil
}

// decodeFields decodes the body of a token response, which is a JSON object or, at some
// providers and in Tornado 2.2, a form.
func decodeFields(response *httpclient.HTTPResponse) (map[string]any, error) {
	mediaType, _, _ := mime.ParseMediaType(response.Headers.Get("Content-Type"))
	if mediaType != "application/x-www-form-urlencoded" && mediaType != "text/plain" || bytes.HasPrefix(bytes.TrimSpace(response.Body), []byte("{")) {
		return decodeObject(response.Body)
	}
	form, err := url.ParseQuery(string(response.Body))
	if err != nil {
		return nil, errors.New("the body is not a form")
	}
	fields := map[string]any{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	return fields, nil
}

// pairsOf returns the arguments of a query, ordered by name. nil if there are none.
func pairsOf(args url.Values) []httputil.Pair {
	var pairs []httputil.Pair
	for _, name := range slices.Sorted(maps.Keys(args)) {
		for _, value := range args[name] {
			pairs = append(pairs, httputil.Pair{Name: name, Value: value})
		}
	}
	return pairs
}
