package auth

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/gotornado/tornado/web"
)

// Codes of an AuthError that no provider sends.
const (
	CodeInvalidCallback = "invalid_callback"     // the request does not belong to a login of this browser
	CodeInvalidIDToken  = "invalid_id_token"     // the id_token is expired, forged or for another client
	CodeInvalidResponse = "invalid_response"     // the provider's response cannot be used
	CodeUnavailable     = "provider_unavailable" // the provider cannot be reached, or fails
)

// An AuthError reports a login that failed. It unwraps to a [*web.HTTPError], so a handler
// that returns it sends an error page that says what to do. Its text has no tokens and no
// text of the provider's pages. Tornado: auth.AuthError.
type AuthError struct {
	Code        string // the provider's error, such as "access_denied" (RFC 6749, section 4.1.2.1), or one of the constants
	Description string // a description of the failure, from the provider if it has sent one
	StatusCode  int    // of the error page; 0 means 400
	Err         error  // the cause, or nil
}

func (e *AuthError) Error() string {
	text := "auth: " + e.Code + ": " + e.Description
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the HTTPError of the error page, which unwraps to Err.
func (e *AuthError) Unwrap() error {
	status := cmp.Or(e.StatusCode, 400)
	return &web.HTTPError{StatusCode: status, Reason: pageReasons[status], LogMessage: e.Error(), Err: e.Err}
}

// pageReasons are the reason phrases of error pages, which tell the user what to do.
var pageReasons = map[int]string{
	400: "Login failed. Please start the login again",
	403: "Login refused. Please start the login again to allow it",
	502: "The login provider does not respond. Please try again later",
}

func invalidCallback(format string, args ...any) *AuthError {
	return &AuthError{Code: CodeInvalidCallback, Description: fmt.Sprintf(format, args...)}
}

func invalidResponse(description string, cause error) *AuthError {
	return &AuthError{Code: CodeInvalidResponse, Description: description, StatusCode: http.StatusBadGateway, Err: cause}
}

// maxErrorText limits the bytes of a code or a description that a peer sends.
const maxErrorText = 300

// refusal returns the error for an error code and its description, as a peer sent them.
func refusal(code, description string) *AuthError {
	if code = printable(code); code == "" {
		code = CodeInvalidResponse
	}
	e := &AuthError{Code: code, Description: printable(description)}
	switch code {
	case "access_denied", "interaction_required", "login_required", "consent_required", "user_denied":
		e.StatusCode = http.StatusForbidden
	case "server_error", "temporarily_unavailable", "invalid_client", "unauthorized_client":
		e.StatusCode = http.StatusBadGateway
	}
	if e.Description == "" {
		e.Description = "the provider refused the login"
	}
	return e
}

// printable returns at most maxErrorText bytes of text, without characters that are not
// allowed in an error response (RFC 6749, section 4.1.2.1).
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text[:min(len(text), 4*maxErrorText)])
	return text[:min(len(text), maxErrorText)]
}
