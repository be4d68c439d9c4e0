// graphile-worker. Its best is what https://worker.graphile.org/docs/performance was measured with.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { batchGetJobs } from "./node_modules/graphile-worker/dist/sql/getJobs.js";
import { take } from "./protocol.mjs";

const task = "bench";
const jobs = "graphile_worker._private_jobs";
// One line per job on the console would cost it much, and fill the channel to the conductor.
const logger = new Logger(() => () => {});
const best = {
  worker: {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
};

const shared = {
  escapedWorkerSchema: "graphile_worker",
  workerSchema: "graphile_worker",
  resolvedPreset: { worker: { preparedStatements: true, useNodeTime: false } },
  logger,
};
const tasks = { [task]: () => {} };

await take(async (asked) => {
  const connectionString = process.env.BENCH_URL;
  const preset = asked.best ? best : {};
  const utils = await makeWorkerUtils({ connectionString, logger, preset });
  const query = (text, values) => utils.withPgClient((client) => client.query(text, values));

  return {
    one: (n) => utils.addJob(task, { n }),
    many: (from, to) =>
      utils.addJobs(
        Array.from({ length: to - from }, (_, at) => ({
          identifier: task,
          payload: { n: from + at },
        })),
      ),
    work: (handler) =>
      run({
        connectionString,
        logger,
        preset,
        taskList: { [task]: async ({ n }) => handler(n) },
        noHandleSignals: true,
      }),
    left: async () => (await query(`select count(*)::int as n from ${jobs}`)).rows[0].n,
    // A lock is kept for four hours, which no setting changes; this is what its documentation
    // has an operator do about a worker that is known to be dead.
    recover: async () => {
      const held = await query(`select distinct locked_by from ${jobs} where locked_by is not null`);
      await utils.forceUnlockWorkers(held.rows.map((row) => row.locked_by));
    },
    fill: (from, to) =>
      query(
        `select count(*) from graphile_worker.add_jobs(array(
           select row($1, json_build_object('n', n), null, null, null, null, null, null)::graphile_worker.job_spec
           from generate_series($2::int, $3::int - 1) n))`,
        [task, from, to],
      ),
    claim: async (size) => (await claim(utils.withPgClient, size)).length,
  };
});

/** Runs the statement that its local queue fetches with. */
function claim(withPgClient, size) {
  return batchGetJobs(shared, withPgClient, tasks, "bench", null, size);
}
