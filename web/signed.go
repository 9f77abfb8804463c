package web

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/log"
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
	day               = 24 * time.Hour
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

// withDefaults is the only place a default is written.
func (o SignedValueOptions) withDefaults() SignedValueOptions {
	if o.Version == 0 {
		o.Version = DefaultSignedValueVersion
	}
	if o.MaxAgeDays == 0 {
		o.MaxAgeDays = defaultMaxAgeDays
	}
	if o.MinVersion == 0 {
		o.MinVersion = DefaultSignedValueMinVersion
	}
	if o.MinVersion > MaxSupportedSignedValueVersion {
		panic(fmt.Sprintf("web: signed values have no version %d: MinVersion is at most %d", o.MinVersion, MaxSupportedSignedValueVersion))
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return o
}

func signedValueOptions(options []SignedValueOptions) SignedValueOptions {
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
	return keysOf(secret).create(name, value, signedValueOptions(options))
}

// DecodeSignedValue returns what CreateSignedValue was given, or nil if value is not
// signed with secret for name, or is too old; an empty value that verifies is an
// empty slice. Of a value of version 1 that does not verify, the reason is logged.
// A MinVersion that does not exist panics. Tornado: decode_signed_value.
func DecodeSignedValue[S CookieSecret](secret S, name, value string, options ...SignedValueOptions) []byte {
	return keysOf(secret).decode(name, value, signedValueOptions(options))
}

// GetSignatureKeyVersion returns the key version that a signed value names, which is
// not verified; ok is false for values of version 1 and malformed ones.
// Tornado: get_signature_key_version.
func GetSignatureKeyVersion(value string) (version int, ok bool) {
	if signedValueVersion(value) < 2 {
		return 0, false
	}
	fields, ok := parseSignedV2(value)
	return fields.keyVersion, ok
}

// signingKeys is a CookieSecret of either kind.
type signingKeys struct {
	secret   string
	versions map[int]string // if not nil, secret does not count
}

func keysOf[S CookieSecret](secret S) signingKeys {
	if versions, ok := any(secret).(map[int]string); ok {
		if versions == nil {
			versions = map[int]string{}
		}
		return signingKeys{versions: versions}
	}
	return signingKeys{secret: any(secret).(string)}
}

// find returns the secret of a key version. A single secret is that of all.
func (k signingKeys) find(version int) (secret string, ok bool) {
	if k.versions == nil {
		return k.secret, true
	}
	secret, ok = k.versions[version]
	return secret, ok
}

func (k signingKeys) create(name, value string, o SignedValueOptions) (string, error) {
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	timestamp := strconv.FormatInt(o.Now.Unix(), 10)
	switch o.Version {
	case 1:
		if k.versions != nil {
			return "", errors.New("web: signed values of version 1 have no key versions: use one secret or version 2")
		}
		return encoded + "|" + timestamp + "|" + signV1(k.secret, name, encoded, timestamp), nil
	case 2:
		key, ok := k.find(o.KeyVersion)
		if !ok {
			return "", fmt.Errorf("web: no secret has the key version %d: add it or set another KeyVersion", o.KeyVersion)
		}
		b := append(make([]byte, 0, 128+len(name)+len(encoded)), "2|"...)
		for _, field := range []string{strconv.Itoa(o.KeyVersion), timestamp, name, encoded} {
			b = append(strconv.AppendInt(b, int64(len(field)), 10), ':')
			b = append(append(b, field...), '|')
		}
		return string(b) + signV2(key, string(b)), nil
	}
	return "", fmt.Errorf("web: signed values have no version %d: use 1 or 2", o.Version)
}

func (k signingKeys) decode(name, value string, o SignedValueOptions) []byte {
	version := signedValueVersion(value)
	if value == "" || version < o.MinVersion {
		return nil
	}
	switch version {
	case 1:
		decoded, problem := k.decodeV1(name, value, o)
		if problem != "" {
			log.Gen().Warn(fmt.Sprintf("%s %.100q", problem, value))
		}
		return decoded
	case 2:
		return k.decodeV2(name, value, o)
	}
	return nil
}

// decodeV1 returns the value, or a problem that is worth a line in the log.
func (k signingKeys) decodeV1(name, value string, o SignedValueOptions) (decoded []byte, problem string) {
	encoded, rest, _ := strings.Cut(value, "|")
	stamp, signature, ok := strings.Cut(rest, "|")
	if !ok || strings.Contains(signature, "|") || k.versions != nil {
		return nil, ""
	}
	if !hmac.Equal([]byte(signature), []byte(signV1(k.secret, name, encoded, stamp))) {
		return nil, "Invalid cookie signature"
	}
	// The parts are signed without anything between them: whoever has a signed value
	// can move bytes from one part to the next. A timestamp made that way is far
	// off, starts with a zero or is no number.
	timestamp, ok := parseSeconds(stamp)
	switch {
	case !ok:
		return nil, "Tampered cookie"
	case timestamp < secondsBefore(o.Now, o.MaxAgeDays):
		return nil, "Expired cookie"
	case timestamp > secondsBefore(o.Now, -31):
		return nil, "Cookie timestamp in future; possible tampering"
	case stamp[0] == '0':
		return nil, "Tampered cookie"
	}
	return decodeBase64(encoded), ""
}

func (k signingKeys) decodeV2(name, value string, o SignedValueOptions) []byte {
	fields, ok := parseSignedV2(value)
	if !ok {
		return nil
	}
	key, ok := k.find(fields.keyVersion)
	if !ok || !hmac.Equal([]byte(fields.signature), []byte(signV2(key, fields.signed))) || fields.name != name {
		return nil
	}
	if timestamp, ok := parseSeconds(fields.timestamp); !ok || timestamp < secondsBefore(o.Now, o.MaxAgeDays) {
		return nil
	}
	return decodeBase64(fields.value)
}

// signedValueVersion is the number in front of the first |. Version 1 has none but
// base64 text, whose length is a multiple of 4: larger numbers may be such text.
func signedValueVersion(value string) int {
	digits, ok := versionPrefix(value)
	if version, err := strconv.Atoi(digits); ok && err == nil && version <= 999 {
		return version
	}
	return 1
}

// versionPrefix returns the decimal number, without zeros in front, that a | follows.
func versionPrefix(value string) (digits string, ok bool) {
	digits, rest, ok := strings.Cut(value, "|")
	if !ok || !isDecimal(digits) || digits[0] == '0' {
		return "", false
	}
	// A line break before the very end makes it no versioned value for Tornado.
	return digits, !strings.Contains(strings.TrimSuffix(rest, "\n"), "\n")
}

// signedV2 is a value of version 2 in its parts.
type signedV2 struct {
	keyVersion                        int
	timestamp, name, value, signature string
	signed                            string // all before the signature
}

func parseSignedV2(value string) (s signedV2, ok bool) {
	rest := strings.TrimPrefix(value, "2|")
	var keyVersion string
	for _, field := range []*string{&keyVersion, &s.timestamp, &s.name, &s.value} {
		if *field, rest, ok = cutField(rest); !ok {
			return signedV2{}, false
		}
	}
	s.signature, s.signed = rest, value[:len(value)-len(rest)]
	var err error
	if s.keyVersion, err = strconv.Atoi(keyVersion); err != nil {
		return signedV2{}, false
	}
	return s, true
}

// cutField reads `<length>:<field>|`.
func cutField(s string) (field, rest string, ok bool) {
	length, rest, _ := strings.Cut(s, ":")
	n, err := strconv.Atoi(length)
	if err != nil || !isDecimal(length) || n >= len(rest) || rest[n] != '|' {
		return "", "", false
	}
	return rest[:n], rest[n+1:], true
}

func isDecimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// parseSeconds reads a Unix time. It has no largest value.
func parseSeconds(s string) (seconds float64, ok bool) {
	if !isDecimal(s) {
		return 0, false
	}
	seconds, _ = strconv.ParseFloat(s, 64) // +Inf if it is out of range
	return seconds, true
}

// secondsBefore is the Unix time of days before now.
func secondsBefore(now time.Time, days float64) float64 {
	return float64(now.Unix()) + float64(now.Nanosecond())/1e9 - days*day.Seconds()
}

// decodeBase64 returns nil for what is no base64.
func decodeBase64(s string) []byte {
	decoded, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return decoded
}

func signV1(secret string, parts ...string) string { return hexHMAC(sha1.New, secret, parts...) }

func signV2(secret, text string) string { return hexHMAC(sha256.New, secret, text) }

func hexHMAC(hash func() hash.Hash, secret string, parts ...string) string {
	mac := hmac.New(hash, []byte(secret))
	for _, part := range parts {
		mac.Write([]byte(part))
	}
	return hex.EncodeToString(mac.Sum(nil))
}
