import { z } from 'zod';
import type { EngineName } from '../core/config/training.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { ExecutionReference, RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { openEngine, openStore } from './compute.ts';
import { FlowError } from './error.ts';
import { outputOf, recordsOf } from './judging.ts';
import { instant, loadLedger, loadRun, loadRuns } from './ledger.ts';
import { PortError, type Ports } from './ports.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/** `rest`: all that nothing reads any more. `all`: also the output, from which a run could be judged again. */
const Taken = z.enum(['rest', 'all']);
type Taken = z.infer<typeof Taken>;

/** What was taken away of a run; `left` where it can't be, which is not tried again while that is remembered. */
const Tidied = Taken.or(z.literal('left'));
type Tidied = z.infer<typeof Tidied>;

/** Before the id of a run: an entry of its own for each, which is forgotten by its own age. */
const TIDIED = 'tidied ';
/** One entry for all runs, which only grew: read where an App of before has left it, written no more. */
const TIDIED_TOGETHER = 'tidied';
const LOOKED = 'tidied at';
/** Milliseconds between two looks: nothing waits for this. */
const EVERY = 3_600_000;
/** Runs of one turn of the timer, so that nobody's command waits behind a thousand of them. */
const RUNS = 10;
/** Problems that waiting may solve, or a person: keys that have expired are renewed. */
const PASSING = new Set(['unavailable', 'rate_limited', 'conflict', 'forbidden']);

interface Due {
  readonly run: RunId;
  readonly take: Taken;
  readonly engine: EngineName;
}

/**
 * Takes away what runs on compute engines have left in the team's store and on the cluster: once a run is in the ledger and
 * its pull request closed, all but its output; the output, too, `policy.store.keep` after the last run that judged it.
 * Taken away twice is taken away once, so what is remembered of it may be lost.
 *
 * @returns what was done, in words
 */
export async function tidyStores(ports: Ports): Promise<readonly string[]> {
  if (ports.compute === undefined) return [];
  const due = await ports.steps.run('untidied', () => untidied(ports));
  if (due === null) return [];
  const done: string[] = [];
  const away = new Set<EngineName>();
  for (const { run, take, engine } of due) {
    // What is away is not asked for each of them, and keeps nothing that lies elsewhere waiting.
    if (away.has(engine)) continue;
    if (done.length === RUNS) return done;
    const tidied = await ports.steps.run(`tidy ${run}`, () => tidy(ports, run, take));
    done.push(tidied.says);
    if (!tidied.over) away.add(engine);
  }
  await ports.steps.run('tidy looked', () => ports.inFlight.putProgress(LOOKED, instant(ports)));
  return done;
}

/** The oldest first; null where it is not yet time to look. */
async function untidied(ports: Ports): Promise<Due[] | null> {
  const now = ports.clock.now().getTime();
  const looked = Date.parse((await ports.inFlight.progress(LOOKED)) ?? '');
  // Not a number where it never was: then it is now.
  if (now - looked < EVERY) return null;
  const policy = await takePolicySnapshot(ports);
  return policy.keys.length === 0 ? [] : allDue(ports, policy, now);
}

async function allDue(ports: Ports, policy: PolicySnapshot, now: number): Promise<Due[]> {
  const records = (await loadRuns(ports, policy)).map(({ record }) => record);
  const ended = records.filter(({ order, evaluates, state }) => {
    return order.request.engine !== 'runner' && evaluates === null && isFinal(state);
  });
  if (ended.length === 0) return [];
  const { state } = await loadLedger(ports, policy);
  const open = new Set((await ports.pulls.listOpen()).map(({ number }) => number));
  const tidied = await lastTidied(ports);
  const beingJudged = new Set(records.flatMap((one) => (isFinal(one.state) ? [] : (one.evaluates ?? []))));
  const judgedLast = lastUses(records);
  const keep = policy.config?.policy.store?.keep;
  const taken = ({ run, at, origin }: RunRecord): Taken | null => {
    if (keep !== undefined && now - Math.max(Date.parse(at), judgedLast.get(run) ?? 0) >= keep * 1000) return 'all';
    return origin.kind === 'pull_request' && open.has(origin.number) ? null : 'rest';
  };
  return ended.toReversed().flatMap((record) => {
    const { run } = record;
    const [take, before] = [taken(record), tidied.get(run)];
    if (take === null || !state.runs.has(run) || beingJudged.has(run)) return [];
    return before === undefined || (before === 'rest' && take === 'all')
      ? [{ run, take, engine: record.order.request.engine }]
      : [];
  });
}

/** When the last run ended that judges a run's output again, in milliseconds since the epoch; it names the one that trained. */
function lastUses(records: readonly RunRecord[]): ReadonlyMap<RunId, number> {
  const uses = new Map<RunId, number>();
  for (const { evaluates, at } of records)
    if (evaluates !== null) uses.set(evaluates, Math.max(Date.parse(at), uses.get(evaluates) ?? 0));
  return uses;
}

async function tidy(ports: Ports, run: RunId, take: Taken): Promise<{ readonly over: boolean; readonly says: string }> {
  const policy = await takePolicySnapshot(ports);
  const record = (await loadRun(ports, policy, run))?.record;
  try {
    if (record !== undefined) await takeAway(ports, policy, record, take);
  } catch (error) {
    if (!(error instanceof PortError || error instanceof FlowError)) throw error;
    if (PASSING.has(error.code))
      return { over: false, says: `run ${run}: what it left can’t be taken away now: ${error.message}` };
    await remember(ports, run, 'left');
    return { over: true, says: `run ${run}: what it left stays where it is: ${error.message}` };
  }
  await remember(ports, run, take);
  const what = take === 'all' ? 'all that it left' : 'its inputs, checkpoints and logs';
  return { over: true, says: `run ${run}: ${what} on ${record?.order.request.engine ?? 'its engine'} are taken away` };
}

async function takeAway(ports: Ports, policy: PolicySnapshot, record: RunRecord, take: Taken): Promise<void> {
  const store = await openStore(ports, record);
  const left = take === 'all' ? null : ((await outputOf(ports, policy, record))?.output ?? null);
  await store.remove(record.run, left !== null && 'store' in left && left.run === record.run ? [left.name] : []);
  for (const { engine, id } of await executionsOf(ports, policy, record))
    await (await openEngine(ports, record, engine)).forget(id);
}

async function executionsOf(
  ports: Ports,
  policy: PolicySnapshot,
  record: RunRecord,
): Promise<readonly ExecutionReference[]> {
  const records = await recordsOf(ports, policy, record);
  return records.flatMap(({ state }) => (state.state === 'training' ? (state.execution ?? []) : []));
}

async function lastTidied({ inFlight }: Pick<Ports, 'inFlight'>): Promise<ReadonlyMap<string, Tidied>> {
  const together = z.record(z.string(), Tidied).safeParse(jsonOf(await inFlight.progress(TIDIED_TOGETHER)));
  const each = Object.entries(await inFlight.progressBelow(TIDIED)).flatMap(([key, value]): [string, Tidied][] => {
    const known = Tidied.safeParse(value);
    return known.success ? [[key.slice(TIDIED.length), known.data]] : [];
  });
  return new Map([...Object.entries(together.success ? together.data : {}), ...each]);
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

async function remember({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId, tidied: Tidied): Promise<void> {
  await inFlight.putProgress(`${TIDIED}${run}`, tidied);
}
