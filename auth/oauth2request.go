package auth

import (
	"errors"
	"net/url"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
)

// RequestOptions configure a call to an API of a provider.
type RequestOptions struct {
	AccessToken string     // sent as "Authorization: Bearer"; "" sends none
	Args        url.Values // added to the query of the URL
	PostArgs    url.Values // the form of a POST; nil means GET
}

// OAuth2Request calls an API of the provider and decodes the JSON of the response into v.
// Unlike in other fetches, redirects are not followed. The error is an [*AuthError]; that of
// a status other than 2xx wraps an [*httpclient.HTTPClientError]. It waits for the response.
// Tornado: oauth2_request.
func (m *OAuth2Mixin) OAuth2Request(h Handler, url string, o RequestOptions, v any) error {
	request, err := apiRequest(url, o)
	if err != nil {
		return err
	}
	if o.AccessToken != "" {
		request.Headers.Set("Authorization", "Bearer "+o.AccessToken)
	}
	return callAPI(h, request, v, o.AccessToken)
}

// apiRequest returns a request with the arguments of o.
func apiRequest(rawURL string, o RequestOptions) (*httpclient.HTTPRequest, error) {
	if rawURL == "" {
		return nil, errors.New("auth: a request to a provider needs a URL")
	}
	target, err := httputil.URLConcat(rawURL, pairsOf(o.Args))
	if err != nil {
		return nil, err
	}
	if o.PostArgs != nil {
		return formRequest(target, o.PostArgs), nil
	}
	return &httpclient.HTTPRequest{URL: target}, nil
}

// callAPI sends a request and decodes the JSON of its response into v.
func callAPI(h Handler, request *httpclient.HTTPRequest, v any, secrets ...string) error {
	response, err := callProvider(h, request)
	if err != nil {
		return err
	}
	if !succeeded(response) {
		logBody("request to the provider", response, secrets)
		return &AuthError{Code: CodeInvalidResponse, Description: "the provider refuses the request", StatusCode: 502, Err: response.Error}
	}
	if err := decodeJSON(response.Body, v); err != nil {
		return responseError("request to the provider", response, err)
	}
	return nil
}

// userInfo reads the claims about the user whom token belongs to.
func (m *OAuth2Mixin) userInfo(h Handler, url string, token *Token) (map[string]any, error) {
	var claims map[string]any
	if err := m.OAuth2Request(h, url, RequestOptions{AccessToken: token.AccessToken}, &claims); err != nil {
		return nil, err
	}
	if len(claims) == 0 {
		return nil, invalidResponse("the provider says nothing about the user", nil)
	}
	return claims, nil
}
