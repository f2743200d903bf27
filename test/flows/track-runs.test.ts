import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../core/canonical.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { RunState } from '../../core/ledger/run.ts';
import { packTar } from '../../core/packaging/tar.ts';
import type { TrackedArtifact } from '../../core/training/tracked-artifacts.ts';
import type { TrackedRun } from '../../core/training/tracking.ts';
import { acceptRun } from '../../flows/ledger.ts';
import { type Check, PortError, type Ports, type Tracker } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { trackRuns } from '../../flows/track-runs.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, MODEL, makeKey, recordOf, runId } from '../core/samples.ts';
import { flowPorts, judged, judging, ranThrough, repository } from './ports.ts';

const key = makeKey();
let world: World;
let told: { experiment: string; run: TrackedRun; artifacts: readonly TrackedArtifact[] }[];

async function openWorld(policy: string): Promise<void> {
  const config = CONFIG_TEXT.replace('policy:\n', `policy:\n${policy}`);
  await world.commit('main', { [CONFIG_PATH]: config, 'keys/trainyard.pub': key.public.pem, 'README.md': 'hello\n' });
}

beforeEach(async () => {
  told = [];
  world = await startWorld();
});
afterEach(() => world.close());

/** In the place of MLflow, whose own server is asked in test/adapters/trackers/mlflow. */
const server: Tracker = {
  async track(experiment, run, artifacts) {
    told.push({ experiment, run, artifacts });
    return { url: `https://mlflow.example.com/${run.run}`, withoutArtifacts: null, leftOut: [] };
  },
};
const training = (workflowRun: number): RunState => ({ state: 'training', workflowRun });
const soon = { now: () => new Date('2026-11-03T10:00:00Z') };
const portsWith = (tracker: Tracker | null, change: Partial<Ports> = {}): Ports =>
  flowPorts(world, key, { clock: soon, ...(tracker === null ? {} : { tracker }), ...change });

describe('runs that have ended', () => {
  test('are told once, with what was seen of them live, and those that go on are not', async () => {
    await openWorld('  tracking: mlflow\n');
    const ports = portsWith(server);
    await ranThrough(ports, { run: runId(1) }, [training(9), judging(10), judged(1)]);
    const policy = await takePolicySnapshot(ports);
    await acceptRun(ports, policy, recordOf({ repository, run: runId(2) }));
    expect(await trackRuns(ports)).toEqual([`run ${runId(1)}: logged to https://mlflow.example.com/${runId(1)}`]);
    expect(told.map(({ experiment, run }) => [experiment, run.run, run.status])).toEqual([
      [`${repository}/${MODEL}`, runId(1), 'FINISHED'],
    ]);
    expect(await trackRuns(ports)).toEqual([]);
    expect(told).toHaveLength(1);
  });

  test.each([
    ['policy does not say so', '', server, soon],
    ['the App was given no server', '  tracking: mlflow\n', null, soon],
    ['it is more than a week ago', '  tracking: mlflow\n', server, { now: () => new Date('2026-11-20T10:00:00Z') }],
  ])('are not told where %s', async (_, policy, tracker, clock) => {
    await openWorld(policy);
    await ranThrough(portsWith(tracker), { run: runId(1) }, [training(9), judging(10), judged(1)]);
    expect(await trackRuns(portsWith(tracker, { clock }))).toEqual([]);
    expect(told).toEqual([]);
  });

  test('are told with the report, the record, the metrics and the chart, and the plots of a clean package', async () => {
    await openWorld('  tracking: mlflow\n');
    const tar = packTar(
      [
        ['manifest.json', '{}'],
        ['artifacts/plots/roc.csv', 'x,y\n0,0\n'],
        ['artifacts/plots/page.html', '<script>'],
        ['artifacts/README.md', '# card'],
        ['artifacts/model.bin', 'weights'],
      ].map(([path = '', text = '']) => ({ path, content: Buffer.from(text), executable: false })),
    );
    const base = portsWith(server);
    const workflows = { ...base.workflows, artifactFiles: async () => new Map([['package.tar', tar]]) };
    const clean = judged(1);
    const pack = { ...clean.package, sha256: sha256Hex(tar), size: tar.length } as typeof clean.package;
    await ranThrough(base, { run: runId(1) }, [training(9), judging(10), { ...clean, package: pack }]);
    await trackRuns({ ...base, workflows });
    const [{ artifacts } = { artifacts: [] }] = told;
    const names = ['report.md', 'record.json', 'metrics.json', 'chart.svg'].map((name) => `trainyard/${name}`);
    expect(artifacts.map(({ path }) => path)).toEqual([...names, 'README.md', 'plots/roc.csv']);
    const text = (path: string) => new TextDecoder().decode(artifacts.find((one) => one.path === path)?.bytes);
    expect(text('trainyard/report.md')).toContain(runId(1));
    expect(JSON.parse(text('trainyard/record.json'))).toMatchObject({ run: runId(1), model: MODEL });
  });

  test('wait for a server that is away, which is asked once a look and not for each of them', async () => {
    await openWorld('  tracking: mlflow\n');
    let asked = 0;
    const away: Tracker = {
      async track() {
        asked += 1;
        throw new PortError('unavailable', 'MLflow is away');
      },
    };
    const ports = portsWith(away);
    for (const run of [1, 2])
      await ranThrough(ports, { run: runId(run) }, [training(7 + run), judging(20 + run), judged(run)]);
    expect(await trackRuns(ports)).toEqual([`run ${runId(1)} is not logged yet: MLflow is away`]);
    expect(asked).toBe(1);
    const back = { ...ports, tracker: server };
    expect(await trackRuns(back)).toHaveLength(2);
    expect(told.map(({ run }) => run.run)).toEqual([runId(1), runId(2)]);
  });

  test('that the server takes nothing of are asked for once a day, and their check says why, and the others are told', async () => {
    await openWorld('  tracking: mlflow\n');
    let asked = 0;
    const picky: Tracker = {
      async track(experiment, run, artifacts) {
        if (run.run !== runId(1)) return server.track(experiment, run, artifacts);
        asked += 1;
        throw new PortError('malformed', 'the experiment was deleted');
      },
    };
    const checks: Check[] = [];
    let now = '2026-11-03T10:00:00Z';
    const ports = portsWith(picky, {
      checks: { put: async (check) => void checks.push(check) },
      clock: { now: () => new Date(now) },
    });
    for (const run of [1, 2])
      await ranThrough(ports, { run: runId(run), origin: { kind: 'branch', branch: 'main' } }, [
        ...[training(7 + run), judging(20 + run), judged(run)],
      ]);
    await trackRuns(ports);
    await trackRuns(ports);
    expect(asked).toBe(1);
    expect(told.map(({ run }) => run.run)).toEqual([runId(2)]);
    expect(checks).toHaveLength(1);
    expect(JSON.stringify(checks)).toContain('not logged to the tracking server: the experiment was deleted');
    now = '2026-11-04T10:00:01Z';
    await trackRuns(ports);
    expect(asked).toBe(2);
    // It is said already.
    expect(checks).toHaveLength(1);
  });

  test('are told once without what the server refuses, and their check names it', async () => {
    await openWorld('  tracking: mlflow\n');
    const leftOut = ['metric "a*": no', 'metric "b*": no', 'metric "c*": no', 'metric "d*": no'];
    const checks: Check[] = [];
    const picky: Tracker = { track: async (...of) => ({ ...(await server.track(...of)), leftOut }) };
    const ports = portsWith(picky, { checks: { put: async (check) => void checks.push(check) } });
    await ranThrough(ports, { run: runId(1), origin: { kind: 'branch', branch: 'main' } }, [
      ...[training(9), judging(10), judged(1)],
    ]);
    expect((await trackRuns(ports))[0]).toContain('metric "c*": no; and 1 more');
    expect(await trackRuns(ports)).toEqual([]);
    expect(told).toHaveLength(1);
    expect(checks).toHaveLength(1);
    expect(JSON.stringify(checks)).toContain('did not take everything of this run');
  });
});
