"""What was tested before the port: see docs/guide.md."""

import os
import tempfile
import unittest

from tornado import testing, websocket

import guestbook


class GuestbookTest(testing.AsyncHTTPTestCase):
    def get_app(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.book = guestbook.Book(os.path.join(self.folder.name, "guestbook.json"))
        self.book.add("Ann", "Hello")
        return guestbook.make_app(self.book, "secret")

    def test_strangers_are_sent_to_the_login(self):
        response = self.fetch("/", follow_redirects=False)
        self.assertEqual(response.code, 302)
        self.assertEqual(response.headers["Location"], "/login?next=%2F")

    def test_entries(self):
        self.assertEqual(
            self.fetch("/api/entries/1").body, b'{"id": 1, "author": "Ann", "text": "Hello"}'
        )
        with testing.ExpectLog("tornado.access", "404 GET /api/entries/2"):
            self.assertEqual(self.fetch("/api/entries/2").code, 404)

    def test_forms_need_a_token(self):
        with testing.ExpectLog("tornado.general", ".*'_xsrf' argument missing"):
            response = self.fetch("/login", method="POST", body="name=Ann")
        self.assertEqual(response.code, 403)

    @testing.gen_test
    async def test_watchers_are_told(self):
        watcher = await websocket.websocket_connect(
            "ws://127.0.0.1:%d/live" % self.get_http_port()
        )
        self.assertEqual(await watcher.read_message(), "1 entries")
        self.book.add("Ben", "Hi")
        self.assertEqual(
            await watcher.read_message(), '{"id": 2, "author": "Ben", "text": "Hi"}'
        )


if __name__ == "__main__":
    unittest.main()
