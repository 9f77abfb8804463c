import asyncio
import json
import resource
import sys
import time

from tornado.httpclient import AsyncHTTPClient

url, workers = sys.argv[1], int(sys.argv[2])
warmup, duration = float(sys.argv[3]), float(sys.argv[4])


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main():
    client = AsyncHTTPClient(max_clients=workers)
    count = 0

    async def worker():
        nonlocal count
        while True:
            await client.fetch(url)
            count += 1

    tasks = [asyncio.ensure_future(worker()) for _ in range(workers)]
    await asyncio.sleep(warmup)
    before, began = count, cpu()
    await asyncio.sleep(duration)
    fetched, used = count - before, cpu() - began
    print(json.dumps({"fetches": fetched, "cpu": used / max(fetched, 1) * 1e6}))
    for task in tasks:
        task.cancel()


asyncio.run(main())
