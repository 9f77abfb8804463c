package web

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/gotornado/tornado/web/internal/signedvalue"
)

// These are the versions of signed values. Version 1 is that of Tornado 2.2 (HMAC-SHA1). Version
// 2 has key versions and signs with HMAC-SHA256.
const (
	MinSupportedSignedValueVersion = 1
	MaxSupportedSignedValueVersion = 2
	DefaultSignedValueVersion      = 2 // of new values
	DefaultSignedValueMinVersion   = 1 // of values that are accepted
)

// ZeroAge is a MaxAgeDays of zero days: a signed value verifies only in the second in which
// it was signed. Use it where a computed age may be 0, because a MaxAgeDays of 0 means 31
// days. Tornado: max_age_days=0.
const ZeroAge = math.SmallestNonzeroFloat64

const (
	day               = signedvalue.Day
	defaultMaxAgeDays = 31 // of signed values
)

// A CookieSecret signs values: one secret, or secrets by key version. One of several
// secrets signs, and all verify. Secrets are long and random.
type CookieSecret interface{ string | map[int]string }

// SignedValueOptions configure CreateSignedValue and DecodeSignedValue. The zero value does
// what Tornado does.
type SignedValueOptions struct {
	Version    int       // of a new value; 0 means DefaultSignedValueVersion
	KeyVersion int       // key version of the secret that signs; in a handler, 0 means Settings.KeyVersion
	MaxAgeDays float64   // largest age of a value to verify in days; 0 means 31, ZeroAge means 0, a negative age accepts no value
	MinVersion int       // lowest version of a value to verify; 0 means DefaultSignedValueMinVersion
	Now        time.Time // zero means the time of the call
}

// withDefaults returns the options for package signedvalue, with the defaults filled in.
// Defaults are written nowhere else. It panics if MinVersion does not exist.
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

// CreateSignedValue returns value with a timestamp and a signature, as text for a cookie or
// a URL. name is the purpose of the value: the value verifies only under that name. value
// is signed, not hidden, and may be any bytes. CreateSignedValue returns an error if the
// version does not exist, or if the secrets do not fit it. Tornado: create_signed_value.
func CreateSignedValue[S CookieSecret](secret S, name, value string, options ...SignedValueOptions) (string, error) {
	return keysOf(secret).Create(name, value, signedValueOptions(options))
}

// DecodeSignedValue returns the value that CreateSignedValue signed. It returns nil if
// value was not signed under name with secret, or is too old. For an empty value it returns
// an empty slice. For a value of version 1 that does not verify, it logs the reason. A
// MinVersion that does not exist panics. Tornado: decode_signed_value.
func DecodeSignedValue[S CookieSecret](secret S, name, value string, options ...SignedValueOptions) []byte {
	return keysOf(secret).Decode(name, value, signedValueOptions(options))
}

// GetSignatureKeyVersion returns the key version that a signed value names, without
// verifying the value. ok is false for values of version 1 and malformed ones. Tornado:
// get_signature_key_version.
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
