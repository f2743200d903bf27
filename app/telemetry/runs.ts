import type { SpanContext } from '@opentelemetry/api';
import type { LedgerEntry } from '../../core/ledger/entry.ts';
import { isFinal } from '../../core/ledger/machine.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import type { RepositoryName } from '../../core/names.ts';
import { machinesOf } from '../../core/policy/machines.ts';
import type { RunTraces } from '../database/run-traces.ts';
import type { LedgerWatcher } from '../ledger-watch.ts';
import { gpuKind } from '../metrics/bounds.ts';
import { parseTraceparent, runSpanId, traceparent } from './ids.ts';
import type { Tracing } from './tracing.ts';

interface Stretch {
  readonly what: 'queued' | 'training' | 'judging';
  readonly from: string;
  readonly to: string;
}

/**
 * Tells a run in the trace of the command that it began with: how long it was queued, trained and judged, over hours and
 * processes, and its version and promotion, which a merge brings about. Each is linked with the flow that wrote it.
 */
export function runsInTraces(traces: RunTraces, tracing: Tracing): LedgerWatcher {
  /** The run's trace; undefined outside of a flow, where nothing is told. */
  const join = async (repository: RepositoryName, record: RunRecord): Promise<SpanContext | undefined> => {
    const here = tracing.flow()?.spanContext();
    if (here === undefined) return undefined;
    const { state } = record;
    const kept = await traces.remember(repository, record.run, {
      traceparent: traceparent(here),
      trainRun: state.state === 'training' ? state.workflowRun : null,
      judgeRun: state.state === 'judging' ? state.workflowRun : null,
    });
    return linked(kept);
  };
  const linked = (kept: string | null): SpanContext | undefined => {
    const context = kept === null ? null : parseTraceparent(kept);
    const flow = tracing.flow();
    if (context === null || flow === undefined) return undefined;
    if (context.traceId !== flow.spanContext().traceId) flow.addLink({ context });
    return context;
  };
  const links = () => [tracing.flow()].flatMap((flow) => (flow === undefined ? [] : [{ context: flow.spanContext() }]));
  return {
    async run(repository, record) {
      const parent = await join(repository, record);
      if (parent === undefined) return;
      tracing.flow()?.setAttribute('trainyard.run', record.run);
      for (const { what, from, to } of stretches(record)) {
        const ended = isFinal(record.state) && to === record.at;
        tracing.past(
          {
            name: `run ${what}`,
            parent,
            links: links(),
            start: new Date(from),
            ids: { span: runSpanId(record.run, what) },
            attributes: { ...about(record), ...(ended ? { 'trainyard.state': record.state.state } : {}) },
            failed: ended && record.state.state === 'failed',
          },
          new Date(to),
        );
      }
    },
    async entry(repository, entry) {
      const told = await decided(traces, repository, entry);
      const parent = told === null ? undefined : linked(told.traceparent);
      if (told === null || parent === undefined) return;
      const span = runSpanId(told.traceparent, `${told.name} ${entry.sequence}`);
      const start = new Date(entry.at);
      tracing.past({ name: told.name, parent, links: links(), ids: { span }, start }, start);
    },
  };
}

/** A decision about a run, and in which trace that run is told; null for others. */
async function decided(
  traces: RunTraces,
  repository: RepositoryName,
  entry: LedgerEntry,
): Promise<{ readonly name: string; readonly traceparent: string } | null> {
  const told = (name: string, found: string | null) => (found === null ? null : { name, traceparent: found });
  switch (entry.kind) {
    case 'run':
      return told(`run ${entry.outcome}`, await traces.ofRun(repository, entry.run));
    case 'version':
      await traces.becomes(repository, entry.run, versionName(entry));
      return told('version', await traces.ofRun(repository, entry.run));
    case 'stage':
      return told(`stage ${entry.reason}`, await traces.ofVersion(repository, versionName(entry)));
    default:
      return null;
  }
}

function versionName({ model, version }: { readonly model: string; readonly version: string }): string {
  return `${model}@v${version}`;
}

/** Ids, numbers and bounded kinds: the model's name is a repository's text. */
function about({ run, order, origin }: RunRecord) {
  const { resources } = order.request;
  const { gpu, gpus } = resources;
  return {
    'trainyard.run': run,
    'trainyard.engine': order.request.engine,
    'trainyard.gpu': gpuKind(gpus === 0 ? undefined : (gpu ?? 'other')),
    'trainyard.gpus': gpus * machinesOf(resources),
    ...(origin.kind === 'pull_request' ? { 'trainyard.pull_request': origin.number } : {}),
  };
}

/** What came to its end with this record. */
function stretches({ state, acceptedAt, at, training }: RunRecord): readonly Stretch[] {
  const { startedAt, endedAt } = training;
  const queued: Stretch = { what: 'queued', from: acceptedAt, to: startedAt ?? at };
  const trained: readonly Stretch[] =
    startedAt === null || endedAt === null ? [] : [{ what: 'training', from: startedAt, to: endedAt }];
  switch (state.state) {
    case 'accepted':
      return [];
    case 'training':
      return [queued];
    case 'judging':
      return trained;
    case 'judged':
      return [{ what: 'judging', from: endedAt ?? acceptedAt, to: at }];
    case 'failed':
      if (state.at === 'judging') return [{ what: 'judging', from: endedAt ?? acceptedAt, to: at }];
      return state.at === 'dispatch' ? [queued] : trained;
    case 'cancelled':
      return trained.length > 0 ? trained : [queued];
  }
}
