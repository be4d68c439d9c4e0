// What a peer written for Node is asked to do, phase by phase. The conductor starts one process
// per phase, `node <peer>.mjs <phase> <profile> <settings as JSON>`, and talks in lines of JSON:
// the peer says {"ready":true}, is told to go by a line, and says its result. Only what lies
// between going and the result is measured, so neither start-up nor filling counts.
import { createInterface } from "node:readline";
import { openSync, writeSync } from "node:fs";

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const nextLine = async () => (await input.next()).value;
const say = (value) =>
  new Promise((said) => process.stdout.write(`${JSON.stringify(value)}\n`, said));
const pause = (ms) => new Promise((over) => setTimeout(over, ms));

/** Nanoseconds of the machine's monotonic clock, which all processes share. */
const now = () => Number(process.hrtime.bigint());
const secondsSince = (from) => (now() - from) / 1e9;

async function goAhead() {
  await say({ ready: true });
  await nextLine();
  return now();
}

async function inBatches(queue, jobs, size) {
  for (let from = 0; from < jobs; from += size) {
    await queue.many(from, Math.min(from + size, jobs));
  }
}

/** Waits until no job is left unfinished in the database, or the time is over. */
async function settled(queue, from, cap) {
  let left = await queue.left();
  while (left > 0 && secondsSince(from) < cap) {
    await pause(2);
    left = await queue.left();
  }
  return left;
}

const phases = {
  /** Callers that each wait for their job to be queued before they queue the next. */
  async enqueue(queue, { callers, seconds }) {
    let ops = 0;
    const from = await goAhead();
    const caller = async () => {
      while (secondsSince(from) < seconds) {
        await queue.one(ops++);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return { ops, seconds: secondsSince(from) };
  },

  async batch(queue, { jobs, size }) {
    const from = await goAhead();
    await inBatches(queue, jobs, size);
    return { ops: jobs, seconds: secondsSince(from) };
  },

  /** From the start of the worker until the last of the waiting jobs is done in the database. */
  async work(queue, settings) {
    await inBatches(queue, settings.jobs, settings.size);
    return finish(queue, settings, async (handler) => {
      const from = await goAhead();
      await queue.work(handler);
      return from;
    });
  },

  /** From the first call of the producer, with an idle worker beside it, until the last is done. */
  async flow(queue, settings) {
    return finish(queue, settings, async (handler) => {
      await queue.work(handler);
      const from = await goAhead();
      await inBatches(queue, settings.jobs, settings.size);
      return from;
    });
  },

  /** A worker that says when each job reached it, until its input ends. */
  async serve(queue) {
    await queue.work((n) => void say({ started: n, at: now() }));
    await goAhead();
    while ((await nextLine()) !== undefined);
    return {};
  },

  /** A producer that queues the job it is told the number of, and says when it began to. */
  async send(queue) {
    await say({ ready: true });
    for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
      const at = now();
      await queue.one(Number(line));
      await say({ sent: Number(line), at });
    }
    return {};
  },

  async fill(queue, { from, to }) {
    await queue.fill(from, to);
    return {};
  },

  async claim(queue, { count, size }) {
    const took = [];
    // Connections that have planned the statement before are what a worker has.
    for (let round = 0; round < count; round++) {
      await queue.claim(1);
    }
    await queue.claim(size);
    await goAhead();
    let ops = 0;
    for (let round = 0; round < count; round++) {
      const from = now();
      ops += await queue.claim(size);
      took.push((now() - from) / 1e6);
    }
    return { ops, took };
  },

  /** A worker that leaves the number of each job it runs in a file, until none is left. */
  async record(queue, { file, cap, recover }) {
    const out = openSync(file, "a");
    const from = await goAhead();
    if (recover) {
      await queue.recover();
    }
    await queue.work((n) => writeSync(out, `${String(n).padStart(7, "0")}\n`));
    return { left: await settled(queue, from, cap), seconds: secondsSince(from) };
  },
};

async function finish(queue, { jobs, cap }, start) {
  let handled = 0;
  const last = Promise.withResolvers();
  const from = await start(() => {
    handled += 1;
    if (handled === jobs) last.resolve();
  });
  await Promise.race([last.promise, pause(cap * 1000)]);
  const left = handled < jobs ? jobs - handled : await settled(queue, from, cap);
  return { ops: handled, left, seconds: secondsSince(from) };
}

/** Runs the phase named on the command line on a queue that the peer opens. */
export async function take(part) {
  const [phase, profile, settings] = process.argv.slice(2);
  const asked = { ...JSON.parse(settings), phase, best: profile === "best" };
  const queue = await part(asked);
  await say(await phases[phase](queue, asked));
  // Whoever asked still reads what this process and its connections used, and then kills it.
  setInterval(() => {}, 60_000);
}
