package httputil

// An HTTPInputError reports a malformed message: the peer's fault.
// Tornado: httputil.HTTPInputError.
type HTTPInputError struct{ Reason string }

func (e *HTTPInputError) Error() string { return "httputil: " + e.Reason }

// An HTTPOutputError reports an answer that contradicts itself: our caller's misuse.
// Tornado: httputil.HTTPOutputError.
type HTTPOutputError struct{ Reason string }

func (e *HTTPOutputError) Error() string { return "httputil: " + e.Reason }

func inputError(reason string) error { return &HTTPInputError{reason} }
