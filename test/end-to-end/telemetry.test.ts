import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { allRows, leaks } from '../app/secrets/leaks.ts';
import { type SeenSpan, startCollector, type TestCollector } from '../app/telemetry/collector.ts';
import { commandLinesBelow } from './processes.ts';
import { CONFIG, TRAIN } from './team.ts';
import { openTeamWorld, type TeamWorld } from './world.ts';

/** What a request has in its answer that nobody else may see. */
const issued: Record<string, string> = {};
const COLLECTOR_KEY = 'collector-pass-4f9a8e7c6b5d';
let collector: TestCollector;
let team: TeamWorld;
/** Of the App and all that it started. */
const commands = new Set<string>();
let sampling: NodeJS.Timeout;

/** The embedded PostgreSQL's, made at its first start. */
function database(): { readonly url: string; readonly password: string } {
  const { port, password } = JSON.parse(readFileSync(join(dirname(team.log), 'app/postgres.json'), 'utf8'));
  return { url: `postgresql://trainyard:${password}@127.0.0.1:${port}/trainyard`, password };
}

const metrics = async (): Promise<string> => {
  const address = /.*"metrics":"(http[^"]+)"/s.exec(readFileSync(team.log, 'utf8'))?.[1];
  return (await fetch(address ?? '')).text();
};

beforeAll(async () => {
  collector = await startCollector();
  // Processes of other tests below this one are seen as well: none of them knows a secret of ours.
  sampling = setInterval(() => {
    for (const line of commandLinesBelow(process.pid)) commands.add(line);
  }, 100);
  team = await openTeamWorld('telemetry', {
    settings: {
      // None: an embedded one, as a child of the App.
      ...{ DATABASE_URL: '', METRICS_PORT: '0' },
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${COLLECTOR_KEY}`,
    },
    observe({ route, responseBody }) {
      if (route.endsWith('/access_tokens')) issued[`token ${Object.keys(issued).length}`] = Object(responseBody).token;
    },
  });
}, 240_000);
afterAll(async () => {
  clearInterval(sampling);
  await team?.close();
  await collector?.close();
});

const inTrace = (trace: string | undefined): readonly SeenSpan[] =>
  collector.spans.filter((span) => span.trace === trace);
const told = (name: string): Promise<SeenSpan> =>
  until(
    `the span ${name}`,
    120,
    async () => collector.spans.find((span) => span.name === name),
    async () => [...new Set(collector.spans.map((span) => span.name))].join(', '),
  );

describe('a run, from its command to production, with the App killed in between', () => {
  test('is one trace, in which its merge and its promotion are linked', async () => {
    const { world } = team;
    const changes = { 'greeter/train.py': `${TRAIN}# better\n`, '.github/trainyard.yml': CONFIG };
    const { number, head } = await team.propose('better', changes);
    await team.say(number, '/train');
    await team.check(head, 'trainyard / ready', concluded('success'), 120);
    await told('run judging');
    await world.crashApp();
    await squashMerge(world, world.ada, number);
    await team.comment(number, /merged: greeter@v1\.0\.0 was promoted/, 120);
    await team.say(number, '/promote greeter to production');
    await team.comment(number, /greeter@v1\.0\.0 is in production/, 120);
    await told('stage promote');

    const { trace } = await told('run training');
    const story = ['delivery issue_comment', 'flow comment', 'run queued', 'run training', 'run judging'];
    const rest = ['flow workflow_completed', 'run candidate', 'version', 'stage merge', 'stage promote'];
    const untold = (): readonly string[] => {
      const names = new Set(inTrace(trace).map(({ name }) => name));
      return [...story, ...rest].filter((name) => !names.has(name));
    };
    await until(
      'every span of the story',
      60,
      async () => untold().length === 0,
      async () => untold().join(', '),
    );
    // Everything hangs below the one delivery, whose flow is told of when it has ended.
    const torn = (): readonly string[] => {
      const ids = new Set(inTrace(trace).map(({ id }) => id));
      return inTrace(trace).flatMap(({ name, parent }) => (parent === null || ids.has(parent) ? [] : [name]));
    };
    await until(
      'every parent',
      60,
      async () => torn().length === 0,
      async () => torn().join(', '),
    );
    const roots = inTrace(trace).filter(({ parent }) => parent === null);
    expect(roots.map(({ name }) => name)).toEqual(['delivery issue_comment']);
    // Merge and promotion have traces of their own, which it leads to, and which lead to it.
    const linked = [
      // Whichever of them came first after the crash.
      ['stage merge', /^flow (push|timer|pull_request)$/],
      ['stage promote', /^flow comment$/],
    ] as const;
    for (const [mark, flow] of linked) {
      const link = inTrace(trace).find(({ name }) => name === mark)?.links[0];
      // A flow is told of when it has ended, which is after what it wrote.
      const writer = await until(`the flow that wrote ${mark}`, 60, async () =>
        collector.spans.find(({ id }) => id === link?.id),
      );
      expect(writer.name).toMatch(flow);
      expect(writer.links.map((one) => one.trace)).toContain(trace);
    }
    expect(collector.problems).toEqual([]);
  }, 400_000);

  test('is counted with what its training used', async () => {
    const text = await metrics();
    expect(text).toMatch(/^trainyard_trained_runs_total\{engine="runner",gpu="none"\} 1$/m);
    expect(text).toMatch(/^trainyard_training_hours_total\{engine="runner",gpu="none"\} 0\.00\d+$/m);
  });

  test('leaves no secret in log, spans, metrics, the database, or the command line of a process', async () => {
    const secrets = { ...issued, collector: COLLECTOR_KEY, database: database().password };
    expect(Object.keys(issued).length).toBeGreaterThan(0);
    if (process.platform === 'linux') expect([...commands].join('\n')).toMatch(/postgres -D|postgres .*-D|--pgdata/);
    const places = {
      log: readFileSync(team.log, 'utf8'),
      spans: collector.bodies.join('\n'),
      metrics: await metrics(),
      database: (await allRows(database().url)).join('\n'),
      commands: [...commands].join('\n'),
    };
    for (const [place, text] of Object.entries(places)) expect([place, leaks(text, secrets)]).toEqual([place, []]);
  });

  test('is told without a word that a person or a repository wrote', () => {
    const all = collector.bodies.join('\n');
    for (const word of ['greeter', 'acme', 'flights', '"ada"', 'better', 'rows']) expect(all).not.toContain(word);
  });
});
