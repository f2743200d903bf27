import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { commitFiles } from '../../local/world.ts';
import { linesOf, type ReplicaProcess, replicaProcesses, until, wrote } from '../replicas.ts';
import { type AppWorld, asAda, commentPayload, deliver, startAppWorld } from '../world.ts';

const OLD = { NAME: 'old', STEPS: 'read,write,end' };
/** A step more, before one that the old code may have done already. */
const NEW = { NAME: 'new', STEPS: 'read,look,write,end' };
let world: AppWorld;
let marks: string;
let checks = 0;
let settings: Record<string, string>;
let processes: ReturnType<typeof replicaProcesses>;

beforeAll(async () => {
  world = await startAppWorld(undefined, ({ method, route }) => {
    if (method === 'POST' && route.endsWith('/check-runs')) checks += 1;
  });
  const head = await commitFiles(asAda(world), world.repository, 'main', { 'README.md': '# delay\n' });
  marks = join(world.github.dataDir, 'marks');
  settings = { MARKS: marks, HEAD: head };
  processes = replicaProcesses(world, 'replica-app.ts');
}, 120_000);
afterEach(async () => {
  await processes.close();
  checks = 0;
});
afterAll(() => world.close());

const start = (version: typeof OLD, more: Record<string, string> = {}) =>
  processes.start({ ...settings, ...version, ...more });

async function comment(to: ReplicaProcess, id: number): Promise<void> {
  const payload = commentPayload(world, { id, pullRequest: id });
  await deliver(to.webhooks, { id: `comment-${id}`, event: 'issue_comment', payload });
}

describe('while one version of the App replaces another', () => {
  test.each([
    ['newer', 1, OLD, NEW],
    ['older', 2, NEW, OLD],
  ])(
    'a flow is begun anew by %s code with other steps, and writes what was written no second time',
    async (_, id, before, after) => {
      const first = await start(before, { HANG: 'end', TRAINYARD_DRAIN_SECONDS: '0' });
      await comment(first, id);
      await wrote(marks, `${id} end ${before.NAME}`);
      const second = await start(after);
      first.kill('SIGTERM');
      await wrote(marks, `${id} done ${after.NAME}`);
      const steps = after.STEPS.split(',').map((step) => `${id} ${step} ${after.NAME}`);
      const again = linesOf(marks).filter((line) => line.startsWith(`${id} `) && line.endsWith(after.NAME));
      expect(again).toEqual([...steps, `${id} done ${after.NAME}`]);
      expect(checks).toBe(1);
      expect(second.log()).toContain('it is handled again later');
    },
    120_000,
  );

  test('both versions take from the queue, and each flow writes once', async () => {
    const both = await Promise.all([start(OLD), start(NEW)]);
    const ids = Array.from({ length: 20 }, (_, index) => 100 + index);
    await Promise.all(ids.map((id, index) => comment(both[index % 2 === 0 ? 0 : 1] ?? both[0], id)));
    const done = () => linesOf(marks).filter((line) => / done /.test(line) && ids.includes(Number.parseInt(line, 10)));
    await until(() => expect(done()).toHaveLength(ids.length));
    expect(checks).toBe(ids.length);
    expect(new Set(done().map((line) => line.split(' ').at(-1)))).toEqual(new Set(['old', 'new']));
  }, 120_000);
});
