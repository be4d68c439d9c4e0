"""procrastinate. Its best is a connection for each caller and several workers of many jobs each."""

import asyncio
import contextlib
import os

import procrastinate

URL = os.environ["BENCH_URL"]
# A worker fetches one job at a time, so that several are fetched at once only by several workers.
WORKERS = 4
CONCURRENCY = 10
POOL = {"min_size": 8, "max_size": 24}

app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=URL))
handler = None


@app.task(name="bench")
async def bench(n):
    handler(n)


@contextlib.asynccontextmanager
async def opened(profile, settings):
    best = profile == "best"
    connector = procrastinate.PsycopgConnector(conninfo=URL, **(POOL if best else {}))
    with app.replace_connector(connector):
        async with app.open_async():
            if settings.get("fresh"):
                await app.schema_manager.apply_schema_async()
            yield Queue(connector, best, settings.get("lease"))


class Queue:
    def __init__(self, connector, best, lease):
        self.connector = connector
        self.workers = WORKERS if best else 1
        self.settings = {"concurrency": CONCURRENCY} if best else {}
        self.lease = lease
        self.running = []
        self.claims_as = None

    async def one(self, n):
        await bench.defer_async(n=n)

    async def many(self, start, end):
        await bench.batch_defer_async(*({"n": n} for n in range(start, end)))

    async def work(self, run):
        global handler
        handler = run
        settings = {**self.settings, "install_signal_handlers": False}
        if self.lease:
            settings |= {
                "update_heartbeat_interval": self.lease / 5,
                "stalled_worker_timeout": self.lease,
            }
        for _ in range(self.workers):
            self.running.append(asyncio.create_task(app.run_worker_async(**settings)))

    async def left(self):
        row = await self.connector.execute_query_one_async(
            "select count(*) as n from procrastinate_jobs where status in ('todo', 'doing')"
        )
        return row["n"]

    async def recover(self):
        """What its documentation has a periodic task do about workers that have died."""
        self.running.append(asyncio.create_task(self.retry_stalled()))

    async def retry_stalled(self):
        while True:
            stalled = app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self.lease)
            for job in await stalled:
                await app.job_manager.retry_job(job)
            await asyncio.sleep(1)

    async def fill(self, start, end):
        for at in range(start, end, 20_000):
            await self.connector.execute_query_one_async(
                """select count(*) from unnest(procrastinate_defer_jobs_v1(array(
                     select row('default', 'bench', 0, null, null, jsonb_build_object('n', n), null)
                            ::procrastinate_job_to_defer_v1
                     from generate_series(%(start)s::int, %(end)s::int - 1) n)))""",
                start=at,
                end=min(at + 20_000, end),
            )

    async def claim(self, size):
        """It can fetch only one, so this is what as many fetches cost."""
        if self.claims_as is None:
            self.claims_as = await app.job_manager.register_worker()
        fetches = [await self.fetch() for _ in range(size)]
        return sum(job is not None for job in fetches)

    async def fetch(self):
        return await app.job_manager.fetch_job(queues=None, worker_id=self.claims_as)
