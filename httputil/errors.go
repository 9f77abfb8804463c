package httputil

// An HTTPInputError reports a malformed message: an error of the peer.
// Tornado: httputil.HTTPInputError.
type HTTPInputError struct{ Reason string }

func (e *HTTPInputError) Error() string { return "httputil: " + e.Reason }

// An HTTPOutputError reports an inconsistent response: an error of the calling program.
// Tornado: httputil.HTTPOutputError.
type HTTPOutputError struct{ Reason string }

func (e *HTTPOutputError) Error() string { return "httputil: " + e.Reason }

func inputError(reason string) error { return &HTTPInputError{reason} }
