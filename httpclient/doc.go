// Package httpclient fetches URLs over HTTP without blocking the loop.
// Tornado: tornado.httpclient, simple_httpclient and curl_httpclient.
//
//	client := httpclient.Instance(loop)
//	response, err := client.FetchURL("http://example.com/").Await()
//	if err != nil {
//		return err // also for a response such as 404
//	}
//	use(response.Body)
//
// An [AsyncHTTPClient] belongs to one loop. Call it on that loop: in a handler, a callback or
// any other coroutine. All functions of an [HTTPRequest] run in coroutines of that loop too.
package httpclient
