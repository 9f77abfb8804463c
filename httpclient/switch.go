package httpclient

// A Switch is an option that a request may leave to the client. The zero value takes the
// value of Options.Defaults, or else that of Tornado. Tornado: None, True and False.
type Switch int8

// These are the values to which a request or Options.Defaults may set a Switch.
const (
	On  Switch = 1
	Off Switch = -1
)

// enabled reports whether s is On. Requests with their defaults filled in have no other
// values than On and Off.
func (s Switch) enabled() bool { return s == On }
