package httpclient

import (
	"reflect"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// client-27: the built-in defaults.
func TestRequestDefaults(t *testing.T) {
	r := (&HTTPRequest{URL: "http://h/"}).withDefaults(&HTTPRequest{})
	require.Equal(t, HTTPRequest{
		URL: "http://h/", Method: "GET", AuthMode: AuthBasic, ProxyAuthMode: AuthBasic,
		ConnectTimeout: 20 * time.Second, RequestTimeout: 20 * time.Second,
		FollowRedirects: On, MaxRedirects: 5, RaiseError: On, RefuseDowngrade: Off,
		DecompressResponse: On, AllowNonstandardMethods: Off, AllowIPv6: On, Expect100Continue: Off, ValidateCert: On,
	}, r)
}

// client-28: a field that the request sets replaces the client's default. Any field may have a
// default.
func TestRequestWinsOverClientDefaults(t *testing.T) {
	r := HTTPRequest{FollowRedirects: On, RequestTimeout: -1, UserAgent: "request", AuthPassword: "p"}
	e := r.withDefaults(&HTTPRequest{FollowRedirects: Off, ValidateCert: Off, RequestTimeout: time.Second,
		ConnectTimeout: 2 * time.Second, UserAgent: "client", NetworkInterface: "127.0.0.1", AuthUsername: "u", MaxRedirects: -1})
	require.Equal(t, On, e.FollowRedirects)
	require.Equal(t, Off, e.ValidateCert)
	require.Equal(t, time.Duration(-1), e.RequestTimeout)
	require.Equal(t, 2*time.Second, e.ConnectTimeout)
	require.Equal(t, "request", e.UserAgent)
	require.Equal(t, "127.0.0.1", e.NetworkInterface)
	require.Equal(t, -1, e.MaxRedirects)
	require.Empty(t, e.AuthUsername, "a user of the defaults with the password of the request")
}

// client-28: each field is set in the defaults, and must appear in the result.
func TestEveryFieldHasAClientDefault(t *testing.T) {
	var defaults HTTPRequest
	v := reflect.ValueOf(&defaults).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Int8, reflect.Int64:
			f.SetInt(-1)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), nil))
		}
	}
	defaults.IfModifiedSince = time.Unix(1, 0)
	defaults.Headers = httputil.NewHTTPHeaders([]httputil.Field{{Name: "X-A", Value: "1"}})
	got := (&HTTPRequest{}).withDefaults(&defaults)
	for i, r := range reflect.ValueOf(got).Fields() {
		require.False(t, r.IsZero(), "%s has no default", i.Name)
	}
}
