// pg-boss. Its best is large batches fetched for as long as they come back full, and its
// notifications where a job has to be noticed, which its documentation leaves off by default.
import { PgBoss } from "pg-boss";
import pg from "pg";
import { take } from "./protocol.mjs";

const name = "bench";
const throughput = {
  batchSize: 1000,
  localConcurrency: 2,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
};
const best = { work: throughput, flow: throughput, record: throughput, serve: {} };
/** Where a notification is worth what it costs those who queue. */
const notified = ["flow", "serve", "send"];
/** As soon as a lease can be found to be over. */
const watchful = { superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 };

await take(async ({ best: atBest, phase, fresh, lease }) => {
  const connectionString = process.env.BENCH_URL;
  const notify = atBest && notified.includes(phase);
  const boss = new PgBoss({
    connectionString,
    ...(notify ? { useListenNotify: true } : {}),
    ...(lease ? watchful : {}),
  });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  if (fresh) {
    await boss.createQueue(name, {
      ...(notify ? { notify } : {}),
      ...(lease ? { expireInSeconds: lease } : {}),
    });
  }
  const pool = new pg.Pool({ connectionString, max: 1 });

  return {
    one: (n) => boss.send(name, { n }),
    many: (from, to) =>
      boss.insert(
        name,
        Array.from({ length: to - from }, (_, at) => ({ data: { n: from + at } })),
      ),
    work: (handler) =>
      boss.work(name, atBest ? best[phase] : {}, async (jobs) => {
        for (const job of jobs) handler(job.data.n);
      }),
    left: async () => {
      const unfinished = `select count(*)::int as n from pgboss.job where name = $1 and state < 'completed'`;
      return (await pool.query(unfinished, [name])).rows[0].n;
    },
    // Its supervisor takes back what has expired, in every process that has not turned it off.
    recover: async () => {},
    fill: async (from, to) => {
      for (let at = from; at < to; at += 20_000) {
        const jobs = Math.min(20_000, to - at);
        await boss.insert(name, Array.from({ length: jobs }, (_, n) => ({ data: { n: at + n } })));
      }
    },
    claim: async (size) => (await boss.fetch(name, { batchSize: size })).length,
  };
});
