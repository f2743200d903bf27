import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { type GitId, Sha256 } from '../../core/names.ts';
import { scanFiles } from '../../core/verification/scan.ts';
import type { Waiver } from '../../core/verification/waiver.ts';
import { judgeScan } from '../../core/verification/waivers.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey } from '../core/samples.ts';
import { calling } from '../core/verification/assembler.ts';
import { fileOf } from '../core/verification/samples.ts';
import { judgedBy } from './judge-result.ts';

const key = makeKey();
const model = fileOf('model.pkl', calling('mymodel', 'Net'));

function waiver(expires: string): Waiver {
  const file = Sha256.parse(model.sha256);
  return { rule: 'pickle-unlisted-import', sha256: file, owner: 'ml', reason: 'ours', expires };
}

let world: World;
let base: GitId;

beforeAll(async () => {
  world = await startWorld();
  const waivers = JSON.stringify([waiver('2026-11-30'), waiver('2026-11-01')]);
  base = await world.commit('main', {
    [CONFIG_PATH]: `${CONFIG_TEXT}  scan: { waivers: ${waivers} }\n`,
    'keys/trainyard.pub': key.public.pem,
  });
});
afterAll(() => world.close());

/** A run whose judge jobs say that the finding was waived, and what became of it. */
async function judgedWith(run: number, said: Waiver) {
  const { report, waived } = judgeScan(scanFiles([model]), [said], said.expires);
  return judgedBy(world, key, { run, base, result: { scan: report, waived: [...waived] } });
}

test('a finding that the policy of the default branch waives does not hold the run, and is in its record', async () => {
  const state = await judgedWith(1, waiver('2026-11-30'));
  expect(state).toMatchObject({
    state: 'judged',
    scanVerdict: 'clean',
    scanFindings: [],
    scanWaived: [{ finding: { rule: 'pickle-unlisted-import' }, waiver: { owner: 'ml', expires: '2026-11-30' } }],
  });
});

test.each([
  ['is not in the policy of the default branch', 2, '2030-01-01', 'is not in the policy'],
  ['had expired when the run was judged', 3, '2026-11-01', 'has expired on 2026-11-01'],
])('a waiver that %s fails the judgement', async (_, run, expires, says) => {
  expect(await judgedWith(run, waiver(expires))).toMatchObject({
    state: 'failed',
    at: 'judging',
    reason: 'result_mismatch',
    message: expect.stringContaining(says),
  });
});
