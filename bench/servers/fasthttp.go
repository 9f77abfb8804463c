package servers

import "github.com/valyala/fasthttp"

func serveFasthttp(port int, ready func()) error {
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return fasthttp.Serve(listener, func(ctx *fasthttp.RequestCtx) {
		ctx.SetContentType(contentType)
		ctx.WriteString(body)
	})
}
