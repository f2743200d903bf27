import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_INPUTS } from '../../../../core/training/inputs-artifact.ts';
import type { TrainOrder } from '../../../../core/training/request.ts';
import { extractTar } from '../../../archives/extract.ts';
import { checkLock } from '../../../python/requirements.ts';
import { InputsPlan } from '../addresses.ts';
import type { ContainerReport } from '../report.ts';
import { type ContainerPlace, readPlan, say } from './place.ts';
import { tellRestored } from './restored.ts';
import { download } from './transfer.ts';

const MAX_CHECKPOINT = 4 * 2 ** 30;

/**
 * Lays out what the command finds: the declared inputs by digest, the last checkpoint, parameters, and the directories of
 * the training contract. @returns its exit code
 */
export async function bringInputs(place: ContainerPlace): Promise<number> {
  const problem = await layOut(place).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    return failed('inputs_unavailable', `The declared inputs could not be brought to the machine: ${words}`);
  });
  if (problem === null) return 0;
  await say(place, problem);
  return 1;
}

async function layOut(place: ContainerPlace): Promise<ContainerReport | null> {
  const { places, scratch } = place;
  const plan = await readPlan(place, InputsPlan);
  for (const directory of [
    places.tree,
    places.output,
    places.checkpoint,
    places.home,
    places.temporary,
    places.state,
  ]) {
    await mkdir(directory, { recursive: true });
  }
  const archive = join(scratch, 'inputs.tar');
  const digest = await download(plan.inputs, archive, MAX_INPUTS);
  if (digest !== plan.inputs.sha256) {
    return failed('inputs_unavailable', `expected inputs with the digest ${plan.inputs.sha256}, found ${digest}`);
  }
  await extractTar(archive, places.tree, { maxBytes: MAX_INPUTS });
  await rm(archive);
  await writeFile(places.params, `${JSON.stringify(plan.order.request.params, null, 2)}\n`);
  await writeFile(places.metrics, '');
  if (plan.restore !== null) await restore(place, plan.restore);
  return lockProblem(places.tree, plan.order);
}

/** A checkpoint that can't be read costs time and no more: training begins at its beginning. */
async function restore(
  { places, scratch, note }: ContainerPlace,
  address: NonNullable<InputsPlan['restore']>,
): Promise<void> {
  const archive = join(scratch, 'checkpoint.tar');
  try {
    await download(address, archive, MAX_CHECKPOINT);
    await extractTar(archive, places.checkpoint, { maxBytes: MAX_CHECKPOINT });
    await tellRestored(places, { bytes: (await stat(archive)).size });
  } catch (error) {
    await rm(places.checkpoint, { recursive: true, force: true });
    await mkdir(places.checkpoint);
    const words = error instanceof Error ? error.message : String(error);
    note(`the checkpoint could not be restored: ${words}`);
    await tellRestored(places, { problem: words.slice(0, 500) });
  } finally {
    await rm(archive, { force: true });
  }
}

/** What pip would otherwise be told by a pull request: other indexes, local paths, packages without hashes. */
async function lockProblem(tree: string, { setup }: TrainOrder): Promise<ContainerReport | null> {
  if (setup === null) return null;
  if (!/(\.lock|requirements[^/]*\.txt)$/.test(setup) || /(uv|poetry|pdm|Pipfile|pixi)\.lock$/.test(setup)) {
    return failed(
      'setup_failed',
      `${setup}: on Kubernetes a setup is a requirements file with hashes; export the lock to one and name that`,
    );
  }
  const text = await readFile(join(tree, setup), 'utf8').catch(() => null);
  if (text === null) return failed('setup_failed', `expected ${setup} among the declared inputs, found none`);
  const problems = checkLock(text);
  if (problems.length === 0) return null;
  return failed(
    'setup_failed',
    problems
      .slice(0, 5)
      .map(({ line, message }) => `${setup}:${line}: ${message}`)
      .join('\n'),
  );
}

function failed(reason: ContainerReport['reason'], message: string): ContainerReport {
  return { reason, message: message.slice(0, 900), exitCode: null };
}
