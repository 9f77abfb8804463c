package httpclient

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// client-87: each row has the code, the message and the text of an error. The text also has the
// method, the URL and the phase.
func TestErrorTexts(t *testing.T) {
	response := &HTTPResponse{Code: 404, Reason: "Nope", EffectiveURL: "http://u:pw@h/a?token=1#f"}
	timeout := HTTPClientError{Code: 599, Message: "Timeout while connecting", Method: "GET", URL: "http://h/", Phase: PhaseTLS}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{newResponseError("GET", response), "httpclient: GET http://h/a?...: HTTP 404: Nope"},
		{&HTTPTimeoutError{timeout}, "httpclient: GET http://h/: TLS handshake: Timeout while connecting"},
		{&HTTPStreamClosedError{HTTPClientError{Code: 599, Message: "Connection closed", Method: "GET", URL: "http://h/",
			Phase: PhaseRead, Err: io.ErrUnexpectedEOF}}, "httpclient: GET http://h/: reading the response: Connection closed: unexpected EOF"},
		{invalid("Method", "must be a token"), "httpclient: invalid HTTPRequest.Method: must be a token"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// client-4, client-5: errors.As finds the HTTPClientError in each error of a fetch that was sent.
func TestErrorsAreHTTPClientErrors(t *testing.T) {
	inner := HTTPClientError{Code: 599, Err: io.ErrUnexpectedEOF}
	for _, err := range []error{&inner, &HTTPTimeoutError{inner}, &HTTPStreamClosedError{inner}} {
		var clientError *HTTPClientError
		require.ErrorAs(t, err, &clientError)
		require.Equal(t, 599, clientError.Code)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	require.True(t, os.IsTimeout(&HTTPTimeoutError{inner}))
	require.False(t, errors.Is(&inner, ErrBodyTooLarge))
}

// client-71: the reason is the received one, the usual phrase of the code, or "Unknown".
func TestReason(t *testing.T) {
	for _, tt := range []struct {
		code           int
		received, want string
	}{{404, "Nope", "Nope"}, {404, "", "Not Found"}, {999, "", "Unknown"}} {
		if got := reasonOf(tt.code, tt.received); got != tt.want {
			t.Errorf("%d %q: got %q, want %q", tt.code, tt.received, got, tt.want)
		}
	}
}

func TestRedactURL(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"http://h/a/b", "http://h/a/b"},
		{"https://user:secret@h:81/a", "https://h:81/a"},
		{"http://a@b:secret@h/", "http://h/"},
		{"http://h/?token=secret", "http://h/?..."},
		{"http://h?token=secret@x#f", "http://h?..."},
		{"http://h/#access_token=secret", "http://h/"},
		{`http://user:secret@h\@x`, `http://h\@x`},
		{"mailto:secret", "(invalid URL)"},
	} {
		if got := redactURL(tt.url); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.url, got, tt.want)
		}
	}
}

func TestPhaseNames(t *testing.T) {
	for p := PhasePrepare; p <= PhaseDone; p++ {
		require.NotEmpty(t, p.String())
		require.NotEqual(t, "unknown phase", p.String())
	}
	require.Equal(t, "unknown phase", Phase(-1).String())
	require.Equal(t, "unknown phase", (PhaseDone + 1).String())
}
