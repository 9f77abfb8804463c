"""The routes of judge_handler_test.go."""

import asyncio

from tornado import web
from tornado.web import Application, Finish, HTTPError


@web.stream_request_body
class Stream(web.RequestHandler):
    """Streams the body; how says when it answers."""

    async def prepare(self):
        self.got = b""
        how = self.path_args[0]
        if how == "prepare-finish":
            self.finish("no, thanks")
        elif how == "prepare-error":
            raise HTTPError(403)
        elif how == "prepare-fails":
            raise ValueError(how)
        elif how == "prepare-redirect":
            self.redirect("/elsewhere")
        elif how == "slow":
            await asyncio.sleep(0)
        elif how == "limit":
            self.request.connection.set_max_body_size(10)
        elif how == "flush":
            self.write("first ")
            self.flush()

    async def data_received(self, chunk):
        how = self.path_args[0]
        if how == "slow":
            await asyncio.sleep(0)
        elif how == "data-finish" and not self._finished:
            self.finish("enough")
        self.got += chunk

    def post(self, how):
        if how == "post-error":
            raise HTTPError(409)
        self.write("%d %r %d %d" % (len(self.got), self.got[-10:].decode(), len(self.request.body), len(self.request.arguments)))

    put = post
    get = post


class Life(web.RequestHandler):
    """Does what how says."""

    async def get(self, how):
        if how == "flush":
            self.write("a")
            self.flush()
            self.write("b")
        elif how == "flush-await":
            for part in "abc":
                self.write(part)
                await self.flush()
        elif how == "flush-empty":
            self.flush()
            self.write("late")
        elif how == "flush-only":
            self.flush()
        elif how == "flush-twice":
            self.write("a")
            self.flush()
            self.flush()
        elif how == "flush-header":
            self.write("a")
            self.flush()
            self.set_header("Late", "x")
            self.set_status(404)
            self.write("b")
        elif how == "flush-error":
            self.write("a")
            self.flush()
            raise HTTPError(400)
        elif how == "flush-fails":
            self.write("a")
            self.flush()
            raise ValueError(how)
        elif how == "flush-finish":
            self.write("a")
            self.flush()
            self.finish("b")
        elif how == "flush-length":
            self.set_header("Content-Length", "3")
            self.write("a")
            self.flush()
            self.write("bc")
        elif how == "flush-304":
            self.set_status(304)
            self.flush()
        elif how == "flush-status":
            self.set_status(201, "Made it")
            self.set_header("X-A", "b")
            self.flush()
        elif how == "finish-fails":
            self.finish("a")
            raise ValueError(how)
        elif how == "finish-error":
            self.finish("a")
            raise HTTPError(400)
        elif how == "finish-twice":
            self.finish("a")
            self.finish("b")
        elif how == "finish-write":
            self.finish("a")
            self.write("b")
        elif how == "finish-Finish":
            self.finish("a")
            raise Finish()
        elif how == "Finish":
            self.write("a")
            raise Finish()
        elif how == "Finish-chunk":
            self.set_status(202)
            self.write("a")
            raise Finish("b")
        elif how == "Finish-dict":
            raise Finish({"a": 1})
        elif how == "await":
            await asyncio.sleep(0)
            self.write("later")
        elif how == "await-error":
            self.write("lost")
            await asyncio.sleep(0)
            raise HTTPError(404)
        elif how == "clear":
            self.set_header("X-A", "b")
            self.set_status(500)
            self.write("lost")
            self.clear()
        elif how == "send_error":
            self.write("lost")
            self.send_error(402)
        elif how == "send_error-flush":
            self.write("a")
            self.flush()
            self.send_error(402)

    head = get
    post = get


class Prepared(web.RequestHandler):
    """Prepare does what how says."""

    def set_default_headers(self):
        self.set_header("X-Default", "yes")

    async def prepare(self):
        how = self.path_args[0]
        if how == "finish":
            self.finish("early")
        elif how == "redirect":
            self.redirect("/there")
        elif how == "error":
            raise HTTPError(401)
        elif how == "await":
            await asyncio.sleep(0)
            self.write("prepared ")
        elif how == "header":
            self.set_header("X-Prepared", "yes")

    def get(self, how):
        self.write("got")

    def other(self, how):
        self.write("other")

    SUPPORTED_METHODS = web.RequestHandler.SUPPORTED_METHODS + ("OTHER",)


class Groups(web.RequestHandler):
    def get(self, *args, **kwargs):
        named = " ".join("%s=%s" % (k, kwargs[k] or "") for k in sorted(kwargs))
        self.write(",".join(a or "" for a in args) + "|" + named)


class Named(web.RequestHandler):
    def initialize(self, name="any"):
        self.name = name

    def get(self, *args):
        self.write(self.name + " " + ",".join(args))


class Reverse(web.RequestHandler):
    def get(self):
        self.write(" ".join([
            self.reverse_url("groups", "a b", "c/d"), self.reverse_url("groups", 1, "\u00e9"), self.reverse_url("dotted"),
        ]))


routes = [
    (r"/stream/(.*)", Stream),
    (r"/life/(.*)", Life),
    (r"/prepared/(.*)", Prepared),
    web.URLSpec(r"/groups/([^/]*)/(.*)", Groups, name="groups"),
    (r"/optional/(a)?(b)?", Groups),
    (r"/named/(?P<x>[^/]+)/(?P<y>[0-9]+)", Groups),
    (r"/nested/((a+)(b+))", Groups),
    web.URLSpec(r"/dotted\.html$", Named, {"name": "dotted"}, name="dotted"),
    (r"/first", Named, {"name": "first"}),
    (r"/fir.*", Named, {"name": "second"}),
    (r"/first", Named, {"name": "never"}),
    (r"/class/[a-c]+", Named, {"name": "class"}),
    (r"/(?:x|y)z", Named, {"name": "choice"}),
    (r"/reverse", Reverse),
    (r"/gone/(.*)", web.ErrorHandler, {"status_code": 410}),
    (r"/", Named),
    (r"/any", Named),
]


def hosted(**settings):
    app = Application(routes, **settings)
    app.add_handlers(r"www\.example\.com", [(r"/", Named, {"name": "www"}), (r"/www", Named, {"name": "www"})])
    app.add_handlers(r".*\.example\.com", [(r"/", Named, {"name": "sub"}), (r"/sub/(.*)", Named, {"name": "sub"})])
    return app


class NotFound(web.RequestHandler):
    def initialize(self, text):
        self.text = text

    def prepare(self):
        self.set_status(404)
        self.finish(self.text)


def servers():
    return {
        "": (hosted(), {}),
        "default": (hosted(default_host="www.example.com", default_handler_class=NotFound, default_handler_args={"text": "mine"}), {}),
    }
