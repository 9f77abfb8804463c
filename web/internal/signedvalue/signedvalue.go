// Package signedvalue signs values for cookies and URLs, and verifies them, as Tornado does.
// Version 1 is that of Tornado 2.2 (HMAC-SHA1). Version 2 has key versions and signs with
// HMAC-SHA256.
package signedvalue

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

// Day is the unit of Options.MaxAgeDays.
const Day = 24 * time.Hour

// Options tune Create and Decode. All fields count as they are: there are no defaults.
type Options struct {
	Version    int       // version of a value to create: 1 or 2
	KeyVersion int       // the number of the secret that signs
	MaxAgeDays float64   // of a value to verify, in days
	MinVersion int       // of a value to verify
	Now        time.Time // the time of the call
}

// Keys are the secrets that sign and verify: one secret, or secrets by key version.
type Keys struct {
	Secret   string
	Versions map[int]string // nil for one secret
}

// KeyVersion returns the key version that a signed value names, without verifying the value.
// ok is false for values of version 1 and malformed ones.
func KeyVersion(value string) (version int, ok bool) {
	if versionOf(value) < 2 {
		return 0, false
	}
	fields, ok := parseV2(value)
	return fields.keyVersion, ok
}

// secretOf returns the secret of a key version. A single secret is used for all versions.
func (k Keys) secretOf(version int) (secret string, ok bool) {
	if k.Versions == nil {
		return k.Secret, true
	}
	secret, ok = k.Versions[version]
	return secret, ok
}

// Create returns value with a timestamp and a signature. name is its purpose: the value
// verifies under that name only. It returns an error if the version does not exist, or if the
// secrets do not fit the version.
func (k Keys) Create(name, value string, o Options) (string, error) {
	size := base64.StdEncoding.EncodedLen(len(value))
	timestamp := strconv.AppendInt(make([]byte, 0, 20), o.Now.Unix(), 10)
	b := make([]byte, 0, 128+len(name)+size)
	switch o.Version {
	case 1:
		if k.Versions != nil {
			return "", errors.New("web: signed values of version 1 have no key versions: use one secret or version 2")
		}
		b = base64.StdEncoding.AppendEncode(b, []byte(value))
		signature := SignV1(k.Secret, name, string(b), string(timestamp))
		b = append(append(append(b, '|'), timestamp...), '|')
		return string(append(b, signature...)), nil
	case 2:
		key, ok := k.secretOf(o.KeyVersion)
		if !ok {
			return "", fmt.Errorf("web: no secret has the key version %d: add it or set another KeyVersion", o.KeyVersion)
		}
		b = append(b, "2|"...)
		b = appendField(b, strconv.Itoa(o.KeyVersion))
		b = appendField(b, string(timestamp))
		b = appendField(b, name)
		b = append(strconv.AppendInt(b, int64(size), 10), ':')
		b = append(base64.StdEncoding.AppendEncode(b, []byte(value)), '|')
		return string(appendHMAC(b, sha256.New, key, b)), nil
	}
	return "", fmt.Errorf("web: signed values have no version %d: use 1 or 2", o.Version)
}

// appendField appends a field of version 2 and its length.
func appendField(b []byte, field string) []byte {
	b = append(strconv.AppendInt(b, int64(len(field)), 10), ':')
	return append(append(b, field...), '|')
}

// Decode returns the value that Create was given, or nil if value was not signed under name
// with these keys, or is older than the options allow. For a value of version 1 that does
// not verify, it logs the reason.
func (k Keys) Decode(name, value string, o Options) []byte {
	version := versionOf(value)
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

// decodeV1 returns the value, or a text for the log if the value was probably forged or is
// too old.
func (k Keys) decodeV1(name, value string, o Options) (decoded []byte, problem string) {
	encoded, rest, _ := strings.Cut(value, "|")
	stamp, signature, ok := strings.Cut(rest, "|")
	if !ok || strings.Contains(signature, "|") || k.Versions != nil {
		return nil, ""
	}
	if !hmac.Equal([]byte(signature), []byte(SignV1(k.Secret, name, encoded, stamp))) {
		return nil, "Invalid cookie signature"
	}
	// The signature covers the parts without a separator, so the holder of a signed value
	// can move bytes from one part to the next. A timestamp made that way is far off, starts
	// with a zero or is not a number.
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

func (k Keys) decodeV2(name, value string, o Options) []byte {
	fields, ok := parseV2(value)
	if !ok {
		return nil
	}
	key, ok := k.secretOf(fields.keyVersion)
	if !ok || !hmac.Equal([]byte(fields.signature), []byte(SignV2(key, fields.signed))) || fields.name != name {
		return nil
	}
	if timestamp, ok := parseSeconds(fields.timestamp); !ok || timestamp < secondsBefore(o.Now, o.MaxAgeDays) {
		return nil
	}
	return decodeBase64(fields.value)
}

// versionOf returns the number before the first |. Version 1 has base64 text there, whose
// length is a multiple of 4. Such text may be a large number, so numbers above 999 mean
// version 1.
func versionOf(value string) int {
	digits, ok := VersionPrefix(value)
	if version, err := strconv.Atoi(digits); ok && err == nil && version <= 999 {
		return version
	}
	return 1
}

// VersionPrefix returns the decimal number that begins value and is followed by |. ok is
// false without one, and for a number with leading zeros.
func VersionPrefix(value string) (digits string, ok bool) {
	digits, rest, ok := strings.Cut(value, "|")
	if !ok || !IsDecimal(digits) || digits[0] == '0' {
		return "", false
	}
	// Tornado takes a value with a line break, other than at its end, for one without a version.
	return digits, !strings.Contains(strings.TrimSuffix(rest, "\n"), "\n")
}

// fieldsV2 holds the parts of a value of version 2.
type fieldsV2 struct {
	keyVersion                        int
	timestamp, name, value, signature string
	signed                            string // the text before the signature
}

func parseV2(value string) (s fieldsV2, ok bool) {
	rest := strings.TrimPrefix(value, "2|")
	var keyVersion string
	for _, field := range []*string{&keyVersion, &s.timestamp, &s.name, &s.value} {
		if *field, rest, ok = cutField(rest); !ok {
			return fieldsV2{}, false
		}
	}
	s.signature, s.signed = rest, value[:len(value)-len(rest)]
	var err error
	if s.keyVersion, err = strconv.Atoi(keyVersion); err != nil {
		return fieldsV2{}, false
	}
	return s, true
}

// cutField returns the field of text that begins with `<length>:<field>|`, and the rest.
func cutField(s string) (field, rest string, ok bool) {
	length, rest, _ := strings.Cut(s, ":")
	n, err := strconv.Atoi(length)
	if err != nil || !IsDecimal(length) || n >= len(rest) || rest[n] != '|' {
		return "", "", false
	}
	return rest[:n], rest[n+1:], true
}

// IsDecimal reports whether s consists of one or more decimal digits.
func IsDecimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// parseSeconds returns the Unix time that s names. A time that is out of range is +Inf.
func parseSeconds(s string) (seconds float64, ok bool) {
	if !IsDecimal(s) {
		return 0, false
	}
	seconds, _ = strconv.ParseFloat(s, 64)
	return seconds, true
}

// secondsBefore returns the Unix time that is the given number of days before now.
func secondsBefore(now time.Time, days float64) float64 {
	return float64(now.Unix()) + float64(now.Nanosecond())/1e9 - days*Day.Seconds()
}

// decodeBase64 returns nil for text that is not base64.
func decodeBase64(s string) []byte {
	decoded, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return decoded
}

// SignV1 returns the signature of version 1: the HMAC-SHA1 of the parts, one after the other.
func SignV1(secret string, parts ...string) string {
	var text []byte
	for _, part := range parts {
		text = append(text, part...)
	}
	return string(appendHMAC(nil, sha1.New, secret, text))
}

// SignV2 returns the signature of version 2: the HMAC-SHA256 of text.
func SignV2(secret, text string) string {
	return string(appendHMAC(nil, sha256.New, secret, []byte(text)))
}

// appendHMAC appends the HMAC of text in hexadecimal to b.
func appendHMAC(b []byte, hash func() hash.Hash, secret string, text []byte) []byte {
	mac := hmac.New(hash, []byte(secret))
	mac.Write(text)
	return hex.AppendEncode(b, mac.Sum(nil))
}
