package httpclient

import "fmt"

// ratioFree is the size of an inflated body up to which MaxInflateRatio does not count.
const ratioFree = 1 << 20

// An inflateRatio is an Options.MaxInflateRatio: a limit on the inflated bytes of a body for each
// compressed byte that has arrived.
type inflateRatio int

// check returns an error if inflated bytes of so many compressed bytes exceed the limit.
func (r inflateRatio) check(inflated, compressed int64) error {
	if r > 0 && inflated > ratioFree && inflated/int64(r) > compressed {
		return &inflateRatioError{r}
	}
	return nil
}

// An inflateRatioError reports a body that exceeds MaxInflateRatio.
type inflateRatioError struct{ limit inflateRatio }

// Error implements error.
func (e *inflateRatioError) Error() string {
	return fmt.Sprintf("the compressed body inflates to more than %d times its size; "+
		"raise MaxInflateRatio if the server is trusted", e.limit)
}

// Unwrap returns ErrBodyTooLarge.
func (e *inflateRatioError) Unwrap() error { return ErrBodyTooLarge }
