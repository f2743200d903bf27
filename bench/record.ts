import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScenario } from '../scripts/demo/scenario.ts';
import { createWorld } from '../scripts/demo/world.ts';
import { CACHE } from '../scripts/python-environment.ts';
import { FILE, type Recorded } from './recorded.ts';

/** Writes `deliveries.jsonl` anew: runs the demo's whole story and keeps the first delivery of each kind. */
const kinds = new Map<string, Recorded>();
mkdirSync(CACHE, { recursive: true });
const directory = mkdtempSync(join(CACHE, 'bench-record-'));
const world = await createWorld({
  directory,
  observeDelivery({ event, payload }) {
    // The local GitHub's port says nothing.
    const told: Payload = JSON.parse(JSON.stringify(payload).replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:4000'));
    const kind = [event, told.action, told.ref_type, told.ref?.split('/')[1], told.sender.type].join(' ');
    const { times } = kinds.get(kind) ?? { times: 0 };
    kinds.set(kind, { event, times: times + 1, payload: kinds.get(kind)?.payload ?? told });
  },
});
interface Payload extends Record<string, unknown> {
  readonly action?: string;
  readonly ref?: string;
  readonly ref_type?: string;
  readonly sender: { readonly type: string };
}
try {
  await runScenario(world, { begin() {}, say() {}, end() {} });
} finally {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
}
writeFileSync(FILE, [...kinds.values()].map((one) => `${JSON.stringify(one)}\n`).join(''));
