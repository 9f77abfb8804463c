"""A guestbook, before it was ported: see docs/guide.md."""

import asyncio
import json
import os

from tornado import gen, httpclient, ioloop, options, web, websocket
from tornado.escape import json_decode

options.define("port", default=8888, help="TCP port on this machine")
options.define("data", default="guestbook.json", help="file that keeps the entries")
options.define("secret", default="to be replaced", help="signs cookies")
options.define("services", default=[], multiple=True, help="URLs that the sidebar shows")
options.define("save_every", default=5.0, help="seconds between two looks at what changed")

HERE = os.path.dirname(os.path.abspath(__file__))


class Book:
    """The entries, and the WebSockets that watch them."""

    def __init__(self, path):
        self.path = path
        self.entries = []
        self.watchers = set()
        self.changed = False
        if os.path.exists(path):
            with open(path) as file:
                self.entries = json.load(file)

    def add(self, author, text):
        number = self.entries[-1]["id"] + 1 if self.entries else 1
        entry = {"id": number, "author": author, "text": text}
        self.entries.append(entry)
        self.changed = True
        for watcher in self.watchers:
            watcher.write_message(entry)
        return entry

    def find(self, number):
        for entry in self.entries:
            if entry["id"] == number:
                return entry
        raise web.HTTPError(404)

    def remove(self, entry):
        self.entries.remove(entry)
        self.changed = True

    async def save(self):
        if not self.changed:
            return
        self.changed = False
        text = json.dumps(self.entries)
        await ioloop.IOLoop.current().run_in_executor(None, write_file, self.path, text)


def write_file(path, text):
    with open(path, "w") as file:
        file.write(text)


class BaseHandler(web.RequestHandler):
    def initialize(self, book):
        self.book = book

    def get_current_user(self):
        user = self.get_secure_cookie("user")
        return user.decode() if user else None


class LoginHandler(BaseHandler):
    def get(self):
        self.render("login.html")

    def post(self):
        self.set_secure_cookie("user", self.get_argument("name"), httponly=True)
        self.redirect("/")


class LogoutHandler(BaseHandler):
    def post(self):
        self.clear_cookie("user")
        self.redirect("/login")


class BookHandler(BaseHandler):
    @web.authenticated
    def get(self):
        self.render("book.html", entries=self.book.entries)

    @web.authenticated
    def post(self):
        self.book.add(self.current_user, self.get_argument("text"))
        self.redirect("/")


class EntriesHandler(BaseHandler):
    def get(self):
        self.write({"entries": self.book.entries})

    @web.authenticated
    def post(self):
        try:
            text = json_decode(self.request.body)["text"]
        except (ValueError, KeyError, TypeError):
            raise web.HTTPError(400)
        entry = self.book.add(self.current_user, text)
        self.set_status(201)
        self.set_header("Location", self.reverse_url("entry", entry["id"]))
        self.write(entry)


class EntryHandler(BaseHandler):
    def get(self, number):
        self.write(self.book.find(int(number)))

    @web.authenticated
    def delete(self, number):
        entry = self.book.find(int(number))
        if entry["author"] != self.current_user:
            raise web.HTTPError(403, "%s is not by %s", number, self.current_user)
        self.book.remove(entry)
        self.set_status(204)


class LiveHandler(websocket.WebSocketHandler):
    def initialize(self, book):
        self.book = book

    def open(self):
        self.book.watchers.add(self)
        self.write_message("%d entries" % len(self.book.entries))

    def on_message(self, message):
        self.write_message("You said: " + message)

    def on_close(self):
        self.book.watchers.discard(self)


class SidebarHandler(web.RequestHandler):
    def initialize(self, services):
        self.services = services

    async def get(self):
        client = httpclient.AsyncHTTPClient()
        fetches = {}
        for url in self.services:
            fetches[os.path.basename(url)] = client.fetch(url, raise_error=False)
        responses = await gen.multi(fetches)
        texts = {}
        for name, response in responses.items():
            texts[name] = response.reason
            if response.error is None:
                texts[name] = response.body.decode()
        self.write(texts)


def make_app(book, secret, services=()):
    arguments = {"book": book}
    return web.Application(
        [
            (r"/", BookHandler, arguments),
            (r"/login", LoginHandler, arguments),
            (r"/logout", LogoutHandler, arguments),
            (r"/api/entries", EntriesHandler, arguments),
            web.url(r"/api/entries/([0-9]{1,9})", EntryHandler, arguments, name="entry"),
            (r"/live", LiveHandler, arguments),
            (r"/sidebar", SidebarHandler, {"services": services}),
        ],
        cookie_secret=secret,
        login_url="/login",
        xsrf_cookies=True,
        template_path=os.path.join(HERE, "templates"),
        static_path=os.path.join(HERE, "static"),
    )


async def main():
    options.parse_command_line()
    book = Book(options.options.data)
    app = make_app(book, options.options.secret, options.options.services)
    app.listen(options.options.port, "127.0.0.1")
    ioloop.PeriodicCallback(book.save, options.options.save_every * 1000).start()
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
