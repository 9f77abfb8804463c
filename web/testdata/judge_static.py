"""The routes of judge_static_test.go. JUDGE_STATIC_ROOT names the directory to serve."""

import datetime
import os

from tornado import web
from tornado.web import Application, StaticFileHandler

root = os.environ["JUDGE_STATIC_ROOT"]


class Extra(StaticFileHandler):
    """Adds headers, and says how long to keep what."""

    def set_extra_headers(self, path):
        self.set_header("X-Path", path)
        self.add_header("Vary", "Cookie")

    def get_cache_time(self, path, modified, mime_type):
        return 0


class Row(StaticFileHandler):
    """Serves what is no file."""

    rows = {"/rows:one": b"the first row", "/rows:two": b"", "/rows:big": b"0123456789" * 10000}

    @classmethod
    def get_absolute_path(cls, root, path):
        return root + ":" + path

    def validate_absolute_path(self, root, absolute_path):
        if absolute_path not in self.rows:
            raise web.HTTPError(404)
        return absolute_path

    @classmethod
    def get_content(cls, path, start=None, end=None):
        return cls.rows[path][start:end]

    def get_content_size(self):
        return len(self.rows[self.absolute_path])

    def get_modified_time(self):
        return datetime.datetime(2001, 9, 9, 1, 46, 40)

    def get_content_type(self):
        return "text/row"


class Untyped(StaticFileHandler):
    """Has neither type nor Etag."""

    def get_content_type(self):
        return None

    def compute_etag(self):
        return None


class Parsed(StaticFileHandler):
    """Takes the ending off."""

    def parse_url_path(self, url_path):
        return url_path.replace("-", "/").replace("_txt", ".txt")


class Always(StaticFileHandler):
    """Says that nothing changed."""

    def should_return_304(self):
        return True


class URL(web.RequestHandler):
    """Shows static URLs."""

    def get(self, path):
        host = {"yes": True, "no": False, "": None}[self.get_argument("host", "")]
        version = self.get_argument("version", "yes") == "yes"
        self.write(self.static_url(path, include_host=host, include_version=version))


class HostURL(URL):
    """The same, with the host."""

    include_host = True


class Page(web.RequestHandler):
    """A text with an Etag as asked for."""

    def get(self):
        for name in ("etag", "vary", "type", "encoding", "length"):
            value = self.get_argument(name, None)
            header = {"etag": "Etag", "vary": "Vary", "type": "Content-Type",
                      "encoding": "Content-Encoding", "length": "Content-Length"}[name]
            if value is not None:
                self.set_header(header, value)
        self.set_status(int(self.get_argument("status", "200")))
        size = int(self.get_argument("size", "5"))
        if size:  # even b"" is a body that 204 may not have
            self.write("x" * size)

    head = post = put = get


class Computed(Page):
    """An Etag of its own making."""

    def compute_etag(self):
        return self.get_argument("computed", None)


class Checked(web.RequestHandler):
    """Looks for itself whether the client has it."""

    def get(self):
        self.set_header("Etag", '"checked"')
        if self.check_etag_header():
            self.set_status(304)
            return
        self.write("fresh")


class SetEtag(web.RequestHandler):
    """Sets the Etag when half is written."""

    def get(self):
        self.write("half")
        self.set_etag_header()
        self.write("whole")


class Flushed(web.RequestHandler):
    """A text in parts."""

    async def get(self):
        self.set_header("Content-Type", self.get_argument("type", "text/plain"))
        if self.get_argument("length", None):
            self.set_header("Content-Length", self.get_argument("length"))
        for part in self.get_argument("parts").split(","):
            self.write(part)
            await self.flush()

    head = get


class Shout(web.OutputTransform):
    """Capitals."""

    def __init__(self, request):
        self.path = request.path

    def transform_first_chunk(self, status_code, headers, chunk, finishing):
        headers["X-Path"] = self.path
        if status_code == 200:
            status_code = 203
        return status_code, headers, chunk.upper()

    def transform_chunk(self, chunk, finishing):
        return chunk.upper()


pages = [
    (r"/page", Page),
    (r"/computed", Computed),
    (r"/checked", Checked),
    (r"/setetag", SetEtag),
    (r"/flushed", Flushed),
]

routes = [
    (r"/s/(.*)", StaticFileHandler, {"path": root}),
    (r"/named/(?P<path>.*)", StaticFileHandler, {"path": root}),
    (r"/d/(.*)", StaticFileHandler, {"path": root, "default_filename": "index.html"}),
    (r"/e()", StaticFileHandler, {"path": root, "default_filename": "index.html"}),
    (r"/x/(.*)", Extra, {"path": root}),
    (r"/row/(.*)", Row, {"path": "/rows"}),
    (r"/untyped/(.*)", Untyped, {"path": root}),
    (r"/parsed/(.*)", Parsed, {"path": root}),
    (r"/always/(.*)", Always, {"path": root}),
    (r"/url/(.*)", URL),
    (r"/hosturl/(.*)", HostURL),
    (r"(/root/.*)", StaticFileHandler, {"path": root}),
    (r"/(/.*)", StaticFileHandler, {"path": root, "default_filename": "index.html"}),
] + pages


def servers():
    gzip = Application(routes, static_path=root, compress_response=True)
    shout = Application(pages + [(r"/s/(.*)", StaticFileHandler, {"path": root})])
    shout.add_transform(Shout)
    args = {"default_filename": "index.html"}
    return {
        "": (Application(routes, static_path=root), {}),
        "prefix": (Application([], static_path=root, static_url_prefix="/f.s/", static_handler_args=args), {}),
        "gzip": (gzip, {}),
        "shout": (shout, {}),
    }
