# A server for the client's judges: real Tornado. It echoes; "leave" makes it close.
import asyncio

from tornado import web, websocket
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets


class Echo(websocket.WebSocketHandler):
    def select_subprotocol(self, subprotocols):
        return "second" if "second" in subprotocols else None

    def on_message(self, message):
        if message == "leave":
            self.close(4001, "server is done")
        else:
            self.write_message(message, binary=isinstance(message, bytes))


class Compressed(Echo):
    def get_compression_options(self):
        return {}


async def main():
    app = web.Application([("/plain", Echo), ("/compressed", Compressed), ("/move", web.RedirectHandler, {"url": "/plain"})])
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(app).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
