import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concluded, headOf, reactionsOn, readFileAt, stickyComment, untilCheck, workflowRuns } from '../observe.ts';
import { comment, openPullRequest } from '../people.ts';
import { pushScene, readScene, type Scene } from '../repositories.ts';
import { assert, until } from '../wait.ts';
import type { World } from '../world.ts';
import { pull, type Step } from './story.ts';

const DATA = 'data/flights.csv';
const DATA_CHECK = 'trainyard / data: flights';
const TRAIN_CHECK = 'trainyard / train: flight-delay';

/** The chart lies in the repository itself: nothing leaves the team's accounts. */
const CHART = /\/raw\/([0-9a-f]{40})\/chart\.svg/;

/** 2. */
export const openFeature: Step = {
  title: 'PR 1 changes a feature and is opened; the plan says what is affected',
  async run(world, story, say) {
    const { scene, commit: head } = await pushScene(world.work, 'pr1');
    const opened = await openPullRequest(world, world.ada, scene);
    story.pulls.set('feature', opened);
    const plan = await untilCheck(world, head, 'trainyard / plan', concluded('success'), 30);
    assert(/flight-delay/.test(plan.summary + plan.title), 'the plan names flight-delay');
    await untilCheck(world, head, 'trainyard / ready', concluded('action_required'), 30);
    say(`plan: ${plan.title}`);
  },
};

/** Rows as lines of the file; the header is line 1. */
function editRows(world: World, change: (lines: string[]) => string[]): void {
  const path = join(world.work.directory, DATA);
  writeFileSync(path, change(readFileSync(path, 'utf8').split('\n')).join('\n'));
}

function spoil(lines: readonly string[], edits: Scene['edits']): string[] {
  const header = (lines[0] ?? '').split(',');
  return lines.map((line, index) => {
    const edit = edits.find((one) => one.line === index + 1);
    if (edit === undefined) return line;
    return line
      .split(',')
      .map((cell, column) => (header[column] === edit.column ? edit.value : cell))
      .join(',');
  });
}

/** 3. */
export const brokenData: Step = {
  title: 'A broken data file is caught at its lines, and the fix passes',
  async run(world, story, say) {
    const { edits, commit } = readScene('pr1-broken-data');
    const { branch } = pull(story, 'feature');
    const brokenLines = edits.map(({ line }) => line);
    editRows(world, (lines) => spoil(lines, edits));
    const broken = await world.work.commitAll(commit);
    await world.work.git('push', '-q', 'origin', branch);
    const failed = await untilCheck(world, broken, DATA_CHECK, concluded('failure'), 60);
    const { data } = await world.ada.octokit.rest.checks.listAnnotations({ ...world.team, check_run_id: failed.id });
    const lines = data.filter((annotation) => annotation.path === DATA).map((annotation) => annotation.start_line);
    for (const line of brokenLines)
      assert(lines.includes(line), `an annotation stands at ${DATA}:${line}, not only at ${lines.join(', ')}`);
    say(`annotated at ${DATA} lines ${lines.join(' and ')}`);
    editRows(world, (lines) => lines.filter((_, index) => !brokenLines.includes(index + 1)));
    const fixed = await world.work.commitAll('Drop the two rows that the export broke');
    await world.work.git('push', '-q', 'origin', branch);
    await untilCheck(world, fixed, DATA_CHECK, concluded('success'), 60);
    say('the fix passes');
  },
};

/** 4. */
export const trainFeature: Step = {
  title: 'The person who pushed comments /train; Python trains on declared inputs and shows its metrics live',
  async run(world, story, say) {
    const { number } = pull(story, 'feature');
    const head = await headOf(world, number);
    const asked = performance.now();
    const id = await comment(world, world.ada, number, '/train flight-delay --set learning_rate=0.2');
    await until('a reaction', 15, async () => (await reactionsOn(world, id)).includes('eyes'));
    say(`reaction after ${Math.round(performance.now() - asked)} ms`);
    await until('the sticky comment names the run', 20, async () =>
      /[0-9A-HJKMNP-TV-Z]{26}/.test((await stickyComment(world, number)) ?? ''),
    );
    const live = await untilCheck(
      world,
      head,
      TRAIN_CHECK,
      (check) => check.status === 'in_progress' && /validation_loss/.test(check.summary + check.text),
      90,
    );
    say(`live metrics in the check while it runs: ${live.title}`);
    const run = /train ([0-9A-HJKMNP-TV-Z]{26})/.exec(
      (await workflowRuns(world, 'trainyard train ')).at(0)?.title ?? '',
    )?.[1];
    assert(run !== undefined, 'the workflow run carries the run id in its name');
    story.runOfFeature = run;
    const [workflow] = await workflowRuns(world, run);
    assert(workflow?.branch === 'trainyard/exec', `the workflow runs on the execution ref, not on ${workflow?.branch}`);
  },
};

/** 5. */
export const featureReady: Step = {
  title: 'Artifacts are scanned, judged on the holdout and signed; ready turns green; the same /train costs nothing',
  async run(world, story, say) {
    const { number } = pull(story, 'feature');
    const head = await headOf(world, number);
    const ready = await untilCheck(world, head, 'trainyard / ready', concluded('success'), 120);
    assert(
      story.runOfFeature !== undefined && (ready.title + ready.summary).includes(story.runOfFeature),
      'ready names the run',
    );
    await untilCheck(world, head, TRAIN_CHECK, concluded('success'), 10);
    const body = await until('the comment compares roc_auc with production', 20, async () => {
      const text = (await stickyComment(world, number)) ?? '';
      return /roc_auc.*0\.\d+.*0\.\d+/.test(text) && /in production/.test(text) && CHART.test(text) ? text : undefined;
    });
    const chart = await readFileAt(world, CHART.exec(body)?.[1] ?? '', 'chart.svg');
    assert(chart.startsWith('<svg') && chart.includes('roc_auc'), 'the chart is an image of the metrics');
    const before = (await workflowRuns(world, 'trainyard train ')).length;
    await comment(world, world.ada, number, '/train flight-delay --set learning_rate=0.2');
    await until('the comment returns the same run to the second /train', 20, async () =>
      /at no cost/.test((await stickyComment(world, number)) ?? ''),
    );
    assert((await workflowRuns(world, 'trainyard train ')).length === before, 'no second training was started');
    say(`${ready.title}; the second /train returned the same run`);
  },
};
