"""What a peer written for Python is asked to do; the same as protocol.mjs, which explains it."""

import asyncio
import json
import os
import sys
import time

import procrastinate_peer

now = time.monotonic_ns


def seconds_since(start):
    return (now() - start) / 1e9


def say(value):
    print(json.dumps(value), flush=True)


async def next_line():
    return (await asyncio.to_thread(sys.stdin.readline)).strip()


async def go_ahead():
    say({"ready": True})
    await next_line()
    return now()


async def in_batches(queue, jobs, size):
    for start in range(0, jobs, size):
        await queue.many(start, min(start + size, jobs))


async def settled(queue, start, cap):
    left = await queue.left()
    while left > 0 and seconds_since(start) < cap:
        await asyncio.sleep(0.002)
        left = await queue.left()
    return left


async def enqueue(queue, callers, seconds, **_):
    ops = 0
    start = await go_ahead()

    async def caller():
        nonlocal ops
        while seconds_since(start) < seconds:
            ops += 1
            await queue.one(ops)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return {"ops": ops, "seconds": seconds_since(start)}


async def batch(queue, jobs, size, **_):
    start = await go_ahead()
    await in_batches(queue, jobs, size)
    return {"ops": jobs, "seconds": seconds_since(start)}


async def work(queue, jobs, size, cap, **_):
    await in_batches(queue, jobs, size)
    run, finish = counter(queue, jobs, cap)
    start = await go_ahead()
    await queue.work(run)
    return await finish(start)


async def flow(queue, jobs, size, cap, **_):
    run, finish = counter(queue, jobs, cap)
    await queue.work(run)
    start = await go_ahead()
    await in_batches(queue, jobs, size)
    return await finish(start)


def counter(queue, jobs, cap):
    handled = 0
    last = asyncio.Event()

    def run(_):
        nonlocal handled
        handled += 1
        if handled == jobs:
            last.set()

    async def finish(start):
        try:
            await asyncio.wait_for(last.wait(), cap - seconds_since(start))
            left = await settled(queue, start, cap)
        except TimeoutError:
            left = jobs - handled
        return {"ops": handled, "left": left, "seconds": seconds_since(start)}

    return run, finish


async def serve(queue, **_):
    await queue.work(lambda n: say({"started": n, "at": now()}))
    await go_ahead()
    while await next_line():
        pass
    return {}


async def send(queue, **_):
    say({"ready": True})
    while line := await next_line():
        at = now()
        await queue.one(int(line))
        say({"sent": int(line), "at": at})
    return {}


async def fill(queue, **settings):
    await queue.fill(settings["from"], settings["to"])
    return {}


async def claim(queue, count, size, **_):
    took, ops = [], 0
    for _ in range(count):
        await queue.claim(1)
    await queue.claim(size)
    await go_ahead()
    for _ in range(count):
        start = now()
        ops += await queue.claim(size)
        took.append((now() - start) / 1e6)
    return {"ops": ops, "took": took}


async def record(queue, file, cap, recover, **_):
    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    start = await go_ahead()
    if recover:
        await queue.recover()
    await queue.work(lambda n: os.write(out, b"%07d\n" % n))
    return {"left": await settled(queue, start, cap), "seconds": seconds_since(start)}


PHASES = {
    phase.__name__: phase
    for phase in (enqueue, batch, work, flow, serve, send, fill, claim, record)
}


async def main(phase, profile, settings):
    settings = json.loads(settings)
    async with procrastinate_peer.opened(profile, settings) as queue:
        say(await PHASES[phase](queue, **settings))
        # Whoever asked still reads what this process and its connections used, and then kills it.
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
