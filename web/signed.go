package web

import (
	"cmp"
	"fmt"
	"time"

	"github.com/gotornado/tornado/web/internal/signedvalue"
)

// The versions of signed values. Version 1 is Tornado 2.2's (HMAC-SHA1), version 2
// has key versions and signs with HMAC-SHA256.
const (
	MinSupportedSignedValueVersion = 1
	MaxSupportedSignedValueVersion = 2
	DefaultSignedValueVersion      = 2 // of values that are made
	DefaultSignedValueMinVersion   = 1 // of values that are accepted
)

const (
	day               = signedvalue.Day
	defaultMaxAgeDays = 31 // of signed values
)

// A CookieSecret is what values are signed with: one secret, or secrets by key
// version, of which one signs and all verify. Secrets are long and random.
type CookieSecret interface{ string | map[int]string }

// SignedValueOptions tune CreateSignedValue and DecodeSignedValue. The zero value does
// what Tornado does.
type SignedValueOptions struct {
	Version    int       // of a value to make; 0 means DefaultSignedValueVersion
	KeyVersion int       // which of a map of secrets signs; for a handler, 0 means Settings.KeyVersion
	MaxAgeDays float64   // of a value to verify, in days; 0 means 31
	MinVersion int       // of a value to verify; 0 means DefaultSignedValueMinVersion
	Now        time.Time // zero means the time of the call
}

// withDefaults returns the options of package signedvalue. It is the only place where the
// defaults are written. It panics if MinVersion does not exist.
func (o SignedValueOptions) withDefaults() signedvalue.Options {
	if o.MinVersion > MaxSupportedSignedValueVersion {
		panic(fmt.Sprintf("web: signed values have no version %d: MinVersion is at most %d", o.MinVersion, MaxSupportedSignedValueVersion))
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return signedvalue.Options{
		Version:    cmp.Or(o.Version, DefaultSignedValueVersion),
		KeyVersion: o.KeyVersion,
		MaxAgeDays: cmp.Or(o.MaxAgeDays, defaultMaxAgeDays),
		MinVersion: cmp.Or(o.MinVersion, DefaultSignedValueMinVersion),
		Now:        o.Now,
	}
}

func signedValueOptions(options []SignedValueOptions) signedvalue.Options {
	if len(options) == 0 {
		return SignedValueOptions{}.withDefaults()
	}
	return options[0].withDefaults()
}

// CreateSignedValue returns value with a timestamp and a signature, as text for a
// cookie or a URL. name is what the value is for: it verifies under that name only.
// value is signed, not hidden, and may hold any bytes. The error says that the version
// does not exist, or that the secrets do not fit it. Tornado: create_signed_value.
func CreateSignedValue[S CookieSecret](secret S, name, value string, options ...SignedValueOptions) (string, error) {
	return keysOf(secret).Create(name, value, signedValueOptions(options))
}

// DecodeSignedValue returns what CreateSignedValue was given, or nil if value is not
// signed with secret for name, or is too old; an empty value that verifies is an
// empty slice. Of a value of version 1 that does not verify, the reason is logged.
// A MinVersion that does not exist panics. Tornado: decode_signed_value.
func DecodeSignedValue[S CookieSecret](secret S, name, value string, options ...SignedValueOptions) []byte {
	return keysOf(secret).Decode(name, value, signedValueOptions(options))
}

// GetSignatureKeyVersion returns the key version that a signed value names, which is
// not verified; ok is false for values of version 1 and malformed ones.
// Tornado: get_signature_key_version.
func GetSignatureKeyVersion(value string) (version int, ok bool) {
	return signedvalue.KeyVersion(value)
}

// keysOf returns the keys of a CookieSecret of either kind.
func keysOf[S CookieSecret](secret S) signedvalue.Keys {
	if versions, ok := any(secret).(map[int]string); ok {
		if versions == nil {
			versions = map[int]string{}
		}
		return signedvalue.Keys{Versions: versions}
	}
	return signedvalue.Keys{Secret: any(secret).(string)}
}
