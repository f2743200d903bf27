import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifacts } from '../actions/runtime/artifacts.ts';
import { openJob } from '../actions/runtime/job.ts';
import { Inputs } from '../actions/train/interface.ts';
import { train } from '../actions/train/train.ts';
import { Sha256 } from '../core/names.ts';

/**
 * The training action in a process of its own, with nowhere to put artifacts. Usage: train-alone.ts RESULT COMMAND;
 * RESULT gets what the process took as JSON: `rss` in bytes, `cpu` in seconds of this process without the command's.
 */
const [, , result = '', command = ''] = process.argv;
const workspace = mkdtempSync(join(tmpdir(), 'bench-train-'));
mkdirSync(join(workspace, 'temp'));

const nowhere: Artifacts = {
  upload: async () => ({ id: 1, digest: Sha256.parse('0'.repeat(64)) }),
  download: () => Promise.reject(new Error('there are no artifacts')),
  list: async () => [],
  remove: async () => undefined,
};
const inputs = Inputs.parse({
  command,
  workingDirectory: '.',
  data: '',
  params: '',
  seed: '0',
  setup: '',
  timeout: '1h',
  stall: '10m',
  stalled: 'stop',
  resources: '',
  outputs: '',
  pass: '',
  artifact: 'output',
  smoke: 'false',
  smokeRows: '1',
  smokeTimeout: '60s',
  checkpointInterval: '60s',
  checkpointGrace: '30s',
  runId: '',
  order: '',
  trust: 'member',
  artifactId: '',
  artifactDigest: '',
  restored: '',
  ingestUrl: '',
  ingestToken: '',
});
const environment = { PATH: process.env['PATH'], GITHUB_WORKSPACE: workspace, RUNNER_TEMP: join(workspace, 'temp') };
const job = openJob(environment);
await job.work(async () => {
  const { reason, seconds } = await train(inputs, job, nowhere, fetch);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpu = (userCPUTime + systemCPUTime) / 1e6;
  writeFileSync(result, JSON.stringify({ reason, seconds, rss: maxRSS * 1024, cpu }));
});
rmSync(workspace, { recursive: true, force: true });
