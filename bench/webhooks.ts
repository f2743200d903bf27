import { z } from 'zod';
import { type Load, type Sender, sender } from './load.ts';
import { recordedDeliveries, signedMix } from './recorded.ts';
import { type BenchRow, median, report } from './table.ts';
import { type Served, startBareProbot, startBenchApp } from './webhook-servers.ts';

/**
 * Signed deliveries against the whole App with its embedded PostgreSQL, and against a bare Probot handler that does
 * nothing, one after the other: at a steady rate, in bursts, and while 1,000 operations are in flight. The mix is that
 * of the demo's whole story, most of which asks for nothing; so all is measured again with deliveries that are each
 * stored. One that was acknowledged as stored and then not handled ends the benchmark with an error.
 */
const DELIVERIES = option('deliveries', 2_500);
const RATE = option('rate', 500);
const BURST = 1_000;
const IN_FLIGHT = 1_000;
/** Milliseconds of each of the three steps of an operation: less than GitHub takes for a request. */
const STEP = 20;
/** Deliveries before anything is measured: code is compiled, connections are open, memory has its size. */
const WARM = 1_500;
/** Deliveries of the parts that stay short, however many are asked for. */
const SHORT = 1_500;
const SECRET = 'a secret of the benchmark';

const recorded = recordedDeliveries();
const mix = signedMix(recorded, SECRET);
const Command = z.object({ action: z.literal('created'), sender: z.object({ type: z.literal('User') }) });
const comments = recorded.filter(
  ({ event, payload }) => event === 'issue_comment' && Command.safeParse(payload).success,
);
const stored = signedMix(comments, SECRET);

interface Measured {
  readonly steady: Load;
  readonly burst: Load;
  readonly storedSteady: Load;
  readonly storedBurst: Load;
  /** Megabytes after the first deliveries, and at the end. */
  readonly memory: readonly [number, number];
}

const bare = await measureBare();
const ours = await measureApp();
const inFlight = await measureInFlight();
report('webhooks', [
  ...compared(`${RATE}/s`, ours.steady, bare.steady),
  ...compared(`burst of ${BURST}`, ours.burst, bare.burst),
  ...compared(`${RATE}/s, each stored`, ours.storedSteady, bare.storedSteady),
  ...compared(`burst of ${BURST}, each stored`, ours.storedBurst, bare.storedBurst),
  ...compared(`${RATE}/s beside ${IN_FLIGHT} in flight`, inFlight, bare.steady),
  row(`memory after ${WARM}`, ours.memory[0], bare.memory[0], 'MB', 'lower'),
  row(`memory after ${WARM + DELIVERIES + 2 * BURST + SHORT}`, ours.memory[1], bare.memory[1], 'MB', 'lower'),
]);

async function measureBare(): Promise<Measured> {
  const served = await startBareProbot(SECRET);
  try {
    return await measure(served);
  } finally {
    await served.close();
  }
}

async function measureApp(): Promise<Measured> {
  const app = await startBenchApp(SECRET, STEP);
  try {
    const measured = await measure(app);
    const { steady, burst, storedSteady, storedBurst } = measured;
    await none(app.lost([steady, burst, storedSteady, storedBurst].flatMap((load) => load.stored)));
    return { ...measured, memory: [measured.memory[0], app.memory()] };
  } finally {
    await app.close();
  }
}

async function measure(served: Served): Promise<Measured> {
  const [mixed, each] = [sender(served.url, mix), sender(served.url, stored)];
  try {
    await mixed.steady(WARM, RATE);
    const early = served.memory();
    const steady = await complete(mixed, (to) => to.steady(DELIVERIES, RATE));
    const burst = await complete(mixed, (to) => to.burst(BURST));
    const storedSteady = await complete(each, (to) => to.steady(SHORT, RATE));
    const storedBurst = await complete(each, (to) => to.burst(BURST));
    return { steady, burst, storedSteady, storedBurst, memory: [early, served.memory()] };
  } finally {
    for (const one of [mixed, each]) one.close();
  }
}

async function measureInFlight(): Promise<Load> {
  const app = await startBenchApp(SECRET, STEP);
  const [mixed, each] = [sender(app.url, mix), sender(app.url, stored)];
  try {
    const operations = await complete(each, (to) => to.burst(IN_FLIGHT));
    const load = await complete(mixed, (to) => to.steady(SHORT, RATE));
    await none(app.lost([...operations.stored, ...load.stored]));
    return load;
  } finally {
    for (const one of [mixed, each]) one.close();
    await app.close();
  }
}

/** @throws Error when a delivery was refused */
async function complete(to: Sender, send: (to: Sender) => Promise<Load>): Promise<Load> {
  const load = await send(to);
  if (load.refused > 0) throw new Error(`expected every delivery to be acknowledged, ${load.refused} were not`);
  return load;
}

async function none(lost: Promise<number>): Promise<void> {
  const count = await lost;
  if (count > 0) throw new Error(`expected none lost, but ${count} were acknowledged and not handled`);
}

function compared(what: string, mine: Load, peer: Load): readonly BenchRow[] {
  return [
    row(`${what}: answered`, mine.rate, peer.rate, '/s', 'higher'),
    row(`${what}: p50`, median(mine.latencies), median(peer.latencies), 'ms', 'lower'),
    row(`${what}: p99`, p99(mine.latencies), p99(peer.latencies), 'ms', 'lower'),
  ];
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
}

function row(what: string, mine: number, peer: number, unit: string, better: BenchRow['better']): BenchRow {
  return { what, ours: mine, peer, peerName: 'bare Probot', unit, better };
}

function option(name: string, otherwise: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  return given === undefined ? otherwise : Number(given);
}
