# A server for the client's judges: Python websockets. It echoes; "leave" makes it close.
import asyncio

import websockets


async def echo(connection, path=None):
    async for message in connection:
        if message == "leave":
            await connection.close(4001, "server is done")
        else:
            await connection.send(message)


async def main():
    plain = await websockets.serve(echo, "127.0.0.1", 0, compression=None, subprotocols=["second"], max_size=None)
    compressed = await websockets.serve(echo, "127.0.0.1", 0, compression="deflate", subprotocols=["second"], max_size=None)
    for server in plain, compressed:
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
