"""The routes of judge_session_test.go."""

import datetime

from tornado import web
from tornado.escape import json_decode
from tornado.web import Application, HTTPError


def text(value):
    return "None" if value is None else value.hex()


class SetCookie(web.RequestHandler):
    """Sets a cookie as the query says."""

    def get(self):
        options = {k: self.get_argument(k) for k in ("domain", "path", "samesite") if k in self.request.arguments}
        for k in ("httponly", "secure"):
            if k in self.request.arguments:
                options[k] = self.get_argument(k) == "1"
        if "max_age" in self.request.arguments:
            options["max_age"] = int(self.get_argument("max_age"))
        if "days" in self.request.arguments:
            options["expires_days"] = float(self.get_argument("days"))
        if "at" in self.request.arguments:
            options["expires"] = datetime.datetime.utcfromtimestamp(int(self.get_argument("at")))
        self.set_cookie(self.get_arguments("n", strip=False)[-1], self.get_arguments("v", strip=False)[-1], **options)
        self.write("set")


class SetCookies(web.RequestHandler):
    """Sets the cookies in the query, one after another, on a page or an error."""

    def get(self, how):
        for pair in self.get_arguments("c"):
            name, _, value = pair.partition("=")
            self.set_cookie(name, value)
        if how == "error":
            raise HTTPError(403)
        if how == "clear":
            self.clear()
        if how == "redirect":
            return self.redirect("/")
        if how == "flush":
            self.flush()
            self.set_cookie("late", "x")
        self.write("page")

    head = get


class ClearCookies(web.RequestHandler):
    def get(self, name):
        if name == "all":
            self.clear_all_cookies()
        else:
            self.set_cookie(name, "before")
            self.clear_cookie(name, domain="example.com", path="/p")


class GetCookie(web.RequestHandler):
    def get(self, name):
        self.write(repr(self.get_cookie(name, "none")).encode("latin1", "replace"))


class Signed(web.RequestHandler):
    """Reads and makes signed cookies."""

    def get(self, what):
        days = float(self.get_argument("days", "31"))
        least = int(self.get_argument("min", "1"))
        if what == "get":
            self.write(text(self.get_secure_cookie("k", max_age_days=days, min_version=least)))
        elif what == "value":
            self.write(text(self.get_secure_cookie("k", self.get_argument("v"))))
        elif what == "version":
            self.write(str(self.get_secure_cookie_key_version("k")))
        elif what == "session":
            self.set_secure_cookie("k", "v", expires_days=None)
        elif what == "old":
            self.set_secure_cookie("k", "v", version=1, httponly=True)
        elif what == "bytes":
            self.set_secure_cookie("k", b"\x00\xff", samesite="Lax")
        else:
            self.set_secure_cookie("k", "v")


class Member(web.RequestHandler):
    login = None

    def get_current_user(self):
        return self.get_cookie("user")

    def get_login_url(self):
        return self.login or super().get_login_url()

    @web.authenticated
    def get(self):
        self.write("hello " + self.current_user)

    head = post = put = options = get


class Elsewhere(Member):
    login = "https://sso.example.com/login"


class Asks(Member):
    login = "/login?from=here"


class Slashed(web.RequestHandler):
    """Wants a slash at the end."""

    @web.addslash
    def get(self):
        self.write("slash")

    head = post = get


class Unslashed(web.RequestHandler):
    @web.removeslash
    def get(self):
        self.write("no slash")

    head = post = get


class Argument(web.RequestHandler):
    def get(self, what):
        if what == "need":
            got = [self.get_argument("a")]
        elif what == "default":
            got = [self.get_argument("a", "none")]
        elif what == "list":
            got = self.get_arguments("a")
        elif what == "raw":
            got = self.get_arguments("a", strip=False)
        elif what == "query":
            got = [self.get_query_argument("a")]
        elif what == "body":
            got = [self.get_body_argument("a")]
        elif what == "bodies":
            got = self.get_body_arguments("a") + ["|"] + self.get_query_arguments("a")
        else:
            try:
                got = [self.get_argument("a")]
            except web.MissingArgumentError as e:
                got = ["caught", e.arg_name, str(e)]
        self.write("\n".join("<%s>" % s for s in got))

    post = put = patch = delete = get


class Path(web.RequestHandler):
    def prepare(self):
        self.before = (self.path_args, self.path_kwargs)

    def get(self, *args, **kwargs):
        assert self.before == (list(args), kwargs)
        got = [a or "" for a in args] + ["%s=%s" % (k, kwargs[k] or "") for k in sorted(kwargs)]
        self.write("\n".join("<%s>" % s for s in got))


class JSON(web.RequestHandler):
    def post(self):
        try:
            got = json_decode(self.request.body)
        except ValueError:
            raise HTTPError(400)
        self.write({"got": got})


class Status(web.RequestHandler):
    def get(self, code, reason):
        if reason is None:
            self.set_status(int(code))
        else:
            self.set_status(int(code), reason)

    head = get


class Fails(web.RequestHandler):
    """Ends in some way that is not a plain return."""

    async def get(self, how):
        self.set_status(201)
        self.set_header("X-Before", "1")
        self.set_cookie("kept", "1")
        self.write("before")
        await getattr(self, "fail_" + how)()

    head = post = get

    async def fail_plain(self):
        raise HTTPError(404)

    async def fail_message(self):
        raise HTTPError(403, "no %s for %s", "entry", "you")

    async def fail_percent(self):
        raise HTTPError(400, "100% <sure>")

    async def fail_reason(self):
        raise HTTPError(400, reason="Gone & fishing")

    async def fail_unknown(self):
        raise HTTPError(682)

    async def fail_unmodified(self):
        raise HTTPError(304)

    async def fail_other(self):
        raise ValueError("x")

    async def fail_finish(self):
        raise web.Finish()

    async def fail_chunk(self):
        raise web.Finish("chunk")

    async def fail_object(self):
        raise web.Finish({"a": 1})

    async def fail_send(self):
        self.send_error(503)

    async def fail_bare(self):
        self.send_error(304)

    async def fail_late(self):
        await self.flush()
        raise HTTPError(404)

    async def fail_ended(self):
        self.finish()
        raise HTTPError(404)

    async def fail_twice(self):
        self.finish("1")
        self.finish("2")

    async def fail_write(self):
        self.finish("1")
        self.write("2")

    async def fail_float(self):
        self.set_header("X-A", 1.5)

    async def fail_newline(self):
        self.set_header("X-A", "a\r\nX-B: b")

    async def fail_control(self):
        self.set_header("X-A", "a\x00")

    async def fail_body(self):
        self.set_status(204)

    async def fail_redirect(self):
        await self.flush()
        self.redirect("/")

    async def fail_nowhere(self):
        self.redirect("/", status=200)

    async def fail_missing(self):
        self.get_argument("missing")


class Pages(web.RequestHandler):
    """Has error pages of its own."""

    def get(self, how):
        self.how = how
        if how == "send":
            return self.send_error(500, detail="extra")
        raise HTTPError(418, reason="Short & stout")

    def write_error(self, status_code, **kwargs):
        if self.how == "json":
            self.finish({"status": status_code, "reason": self._reason})
        elif self.how == "status":
            self.set_status(200)
            self.finish("fine")
        elif self.how == "header":
            self.set_header("X-Page", "1")
        elif self.how == "send":
            self.write("sent %d %s" % (status_code, kwargs.get("exc_info")))
        elif self.how == "fail":
            raise ValueError("in write_error")


class Headers(web.RequestHandler):
    def get(self, what):
        if what == "types":
            self.set_header("X-Int", -5)
            self.set_header("X-Bytes", b"\xe9!")
            self.set_header("X-Time", datetime.datetime(2013, 1, 27, 18, 43, 20))
        elif what == "tab":
            self.set_header("X-A", "a\tb")
        elif what == "lines":
            self.add_header("X-A", 1)
            self.add_header("x-a", 2)
            self.set_header("X-B", 3)
            self.set_header("x-b", 4)
        elif what == "cleared":
            self.set_header("X-A", 1)
            self.clear_header("x-a")
            self.clear_header("Absent")
            self.clear_header("Content-Type")
        elif what == "cleared-lines":
            self.add_header("X-A", 1)
            self.add_header("X-A", 2)
            self.clear_header("x-a")
        elif what == "late":
            self.flush()
            self.set_header("X-A", 1)
        elif what == "json":
            self.write({"a": "</é", "b": [1, None, True]})
        elif what == "typed":
            self.write({"a": 1})
            self.set_header("Content-Type", "text/x-own")
        elif what == "reset":
            self.set_header("X-A", 1)
            self.set_status(404)
            self.write("dropped")
            self.clear()
            self.write("kept")
        elif what == "nothing":
            self.set_status(204)
            self.set_header("Content-Language", "de")
            self.set_header("Content-Encoding", "br")


class Redirects(web.RequestHandler):
    def get(self, status):
        self.write("buffered")
        to = self.get_argument("to", "/x?a=%20#f")
        if status == "permanent":
            self.redirect(to, permanent=True)
        elif status == "temporary":
            self.redirect(to)
        else:
            self.redirect(to, status=int(status))

    head = post = get


class Form(web.RequestHandler):
    def get(self):
        self.write(self.xsrf_form_html())

    def post(self):
        self.write("posted")

    put = delete = patch = options = head = post


class Free(Form):
    def check_xsrf_cookie(self):
        pass


class LoggedIn(Form):
    def get_current_user(self):
        return "ben"


@web.stream_request_body
class Upload(web.RequestHandler):
    def data_received(self, chunk):
        self.size = getattr(self, "size", 0) + len(chunk)

    def post(self):
        self.write("%d bytes" % self.size)


routes = [
    (r"/set", SetCookie),
    (r"/set/(.*)", SetCookies),
    (r"/clear/(.*)", ClearCookies),
    (r"/cookie/(.*)", GetCookie),
    (r"/signed/(.*)", Signed),
    (r"/member.*", Member),
    (r"/elsewhere", Elsewhere),
    (r"/asks", Asks),
    (r"/slash/?", Slashed),
    (r"/unslashed/*", Unslashed),
    (r"/+", Unslashed),
    (r"/arg/(.*)", Argument),
    (r"/path/([^/]*)/([0-9]+)?", Path),
    (r"/named/(?P<b>.*)/(?P<a>[^/]*)", Path),
    (r"/json", JSON),
    (r"/status/([0-9]+)(?:/(.*))?", Status),
    (r"/fail/(.*)", Fails),
    (r"/page/(.*)", Pages),
    (r"/header/(.*)", Headers),
    (r"/redirect/(.*)", Redirects),
    (r"/old", web.RedirectHandler, {"url": "/new"}),
    (r"/for-now", web.RedirectHandler, {"url": "/new", "permanent": False}),
    (r"/query", web.RedirectHandler, {"url": "/new?z=1#f"}),
    (r"/move/(.*?)/(.*?)/(.*)", web.RedirectHandler, {"url": "/{1}/{0}/{2}"}),
    (r"/move-named/(?P<x>.*)", web.RedirectHandler, {"url": "http://example.com/{x}/{{x}}"}),
    (r"/away/(.*)", web.RedirectHandler, {"url": "/{0}"}),
    (r"/gone", web.ErrorHandler, {"status_code": 410}),
    (r"/form", Form),
    (r"/free", Free),
    (r"/logged-in", LoggedIn),
    (r"/upload", Upload),
]


def servers():
    common = {"login_url": "/login"}
    return {
        "": (Application(routes, cookie_secret="It's a secret of the judge", **common), {}),
        "keys": (Application(routes, cookie_secret={0: "a", 5: "b"}, key_version=5, **common), {}),
        "plain": (Application(routes), {}),
        "xsrf": (Application(routes, xsrf_cookies=True, xsrf_cookie_kwargs={"httponly": True}), {}),
        "xsrf1": (Application(routes, xsrf_cookies=True, xsrf_cookie_version=1), {}),
    }
