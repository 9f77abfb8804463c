"""The routes of judge_http_test.go."""

from tornado import httputil, web
from tornado.web import Application


class Echo(web.RequestHandler):
    """Says what request it was asked with."""

    def get(self):
        r = self.request
        lines = [r.method, r.uri, r.path, r.query, r.version, r.host, r.host_name, r.protocol, r.remote_ip, r.full_url()]
        self.set_header("Content-Type", "text/plain")
        self.write("\n".join(lines).encode("latin1"))
        self.write(b"\n%d:" % len(r.body) + r.body)

    head = post = put = delete = patch = options = get


class Headers(web.RequestHandler):
    """Lists the header fields."""

    def get(self):
        self.write("".join("%s=%s\n" % f for f in self.request.headers.get_all()).encode("latin1"))

    post = get


class Joined(web.RequestHandler):
    """Shows the joined view of X-Name and the list of its values."""

    def get(self):
        h = self.request.headers
        text = "%s|%s|%d" % (h.get("x-NAME", "none"), ",".join(h.get_list("X-Name")), "X-Name" in h)
        self.write(text.encode("latin1"))


def dump(arguments, encoding="latin1"):
    def raw(s):
        return s.encode(encoding) if isinstance(s, str) else s

    lines = [raw(name) + b"=" + b",".join(map(raw, values)) + b"\n" for name, values in arguments.items()]
    return b"".join(sorted(lines))


class Args(web.RequestHandler):
    """Lists arguments and files."""

    def get(self):
        r = self.request
        # Names are text: of a query in Latin-1, of a multipart form in UTF-8.
        encoding = "utf-8" if r.headers.get("Content-Type", "").startswith("multipart") else "latin1"
        self.write(b"query\n" + dump(r.query_arguments))
        self.write(b"body\n" + dump(r.body_arguments, encoding) + b"both\n" + dump(r.arguments, encoding))
        for name in sorted(r.files):
            for f in r.files[name]:
                self.write(b"file %s %s %s %d:" % (name.encode(), f.filename.encode(), f.content_type.encode(), len(f.body)))
                self.write(f.body + b"\n")

    post = put = patch = delete = get


class Argument(web.RequestHandler):
    """Looks arguments up in all ways."""

    def get(self):
        self.write("%s|%s|%s|%s" % (
            self.get_argument("a"),
            self.get_arguments("a"),
            self.get_query_argument("a", "none"),
            self.get_body_argument("a", "none"),
        ))

    post = get


class Cookies(web.RequestHandler):
    """Lists the cookies."""

    def get(self):
        lines = ["%s=%s\n" % (name, m.value) for name, m in self.request.cookies.items()]
        self.write("".join(sorted(lines)).encode("latin1", "replace"))


class Range(web.RequestHandler):
    """Shows what a Range header means."""

    def get(self):
        got = httputil._parse_request_range(self.request.headers.get("Range", ""))
        self.write("none" if got is None else "%s %s" % got)


class Chunks(web.RequestHandler):
    """Answers in parts."""

    async def get(self, parts):
        for part in parts.split(","):
            self.write(part)
            await self.flush()

    head = post = get


class Empty(web.RequestHandler):
    """Answers with a status alone."""

    def get(self, status):
        self.set_status(int(status))

    head = post = get


class Declared(web.RequestHandler):
    """Declares a length, and writes some bytes."""

    async def get(self, length, written, flush):
        self.set_header("Content-Length", length)
        self.write("x" * int(written))
        if flush:
            await self.flush()

    head = post = get


class Twice(web.RequestHandler):
    """Declares a length of 4 and writes in two parts."""

    async def get(self, first, second):
        self.set_header("Content-Length", "4")
        self.write("x" * int(first))
        await self.flush()
        self.write("y" * int(second))

    head = get


class Hop(web.RequestHandler):
    """Sets a Connection header."""

    def get(self, value):
        self.set_header("Connection", value)
        self.write("hop")

    post = get


class Large(web.RequestHandler):
    """Answers with many bytes."""

    def get(self, count):
        self.write("0123456789abcdef" * (int(count) // 16))

    head = get


class Fail(web.RequestHandler):
    """Raises after some of the answer was sent, or before."""

    async def get(self, flush):
        self.write("before")
        if flush == "flush":
            await self.flush()
        raise Exception("failed")

    post = get


class Lines(web.RequestHandler):
    """Sets several headers of a name, one of them again, and cookies between them."""

    def get(self):
        self.add_header("X-B", "1")
        self.set_cookie("c", "d")
        self.set_header("X-A", "2")
        self.add_header("X-B", "3")
        self.set_header("Content-Type", "text/plain")
        self.clear_header("Server")
        self.write("lines")

    head = get


class Tag(web.RequestHandler):
    """Has a fixed Etag."""

    def compute_etag(self):
        return '"tag"'

    def get(self):
        self.write("tagged")

    head = post = get


def application():
    return Application([
        (r"/echo.*", Echo),
        (r"/headers", Headers),
        (r"/joined", Joined),
        (r"/args", Args),
        (r"/argument", Argument),
        (r"/cookies", Cookies),
        (r"/range", Range),
        (r"/chunks/(.*)", Chunks),
        (r"/empty/(\d+)", Empty),
        (r"/declared/(\d+)/(\d+)(/flush)?", Declared),
        (r"/twice/(\d+)/(\d+)", Twice),
        (r"/hop/(.*)", Hop),
        (r"/large/(\d+)", Large),
        (r"/fail/(.*)", Fail),
        (r"/lines", Lines),
        (r"/tag", Tag),
    ])


def servers():
    return {
        "": (application(), {}),
        "small": (application(), {"max_header_size": 200, "max_body_size": 20}),
        "once": (application(), {"no_keep_alive": True}),
        "https": (application(), {"protocol": "https"}),
        "proxied": (application(), {"xheaders": True, "trusted_downstream": ["5.5.5.5", "6.6.6.6"]}),
        "inflating": (application(), {"decompress_request": True, "max_body_size": 1000}),
    }
