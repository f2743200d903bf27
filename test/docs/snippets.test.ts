import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { COMMANDS } from '../../cli/registry.ts';
import { type Fence, fencesOf, PAGES, ROOT } from './pages.ts';

/** What pages show of workflows, commands and JSON, held to what there is. Whether it does what they say, other tests run. */
const FOLDERS = ['actions', 'examples'] as const;
const ALL_PAGES = [
  ...PAGES,
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .map((name) => `${folder}/${name}/README.md`)
      .filter((page) => existsSync(join(ROOT, page))),
  ),
];
const fences = ALL_PAGES.flatMap(fencesOf);
const place = ({ page, line }: Fence): string => `${page}:${line}`;

const Values = z.record(z.string(), z.unknown());
const Step = z.looseObject({ uses: z.string().optional(), with: Values.optional() });
const Job = z.looseObject({ uses: z.string().optional(), with: Values.optional(), steps: z.array(Step).optional() });
const Workflow = z.looseObject({ on: z.unknown(), jobs: z.record(z.string(), Job) });
const InputTable = z.record(
  z.string(),
  z.looseObject({ required: z.boolean().optional(), default: z.unknown().optional() }),
);
const Action = z.looseObject({ inputs: InputTable.optional() });
const Called = z.looseObject({
  on: z.looseObject({ workflow_call: z.looseObject({ inputs: InputTable.optional() }) }),
});

/** The inputs of what `uses` names in this repository; null for somebody else's. */
function inputsOf(uses: string): z.infer<typeof InputTable> | null {
  const [, action, workflow] =
    /^trainyard\/trainyard\/(?:actions\/([a-z-]+)|\.github\/workflows\/([a-z-]+\.yml))@v1$/.exec(uses) ?? [];
  if (action !== undefined)
    return Action.parse(parse(readFileSync(join(ROOT, 'actions', action, 'action.yml'), 'utf8'))).inputs ?? {};
  if (workflow !== undefined)
    return Called.parse(parse(readFileSync(join(ROOT, 'workflows', workflow), 'utf8'))).on.workflow_call.inputs ?? {};
  expect(uses).not.toContain('trainyard/');
  return null;
}

/** What is wrong with the calls of a workflow. */
function wrongCalls(text: string): string[] {
  const { jobs } = Workflow.parse(parse(text));
  const calls = Object.values(jobs).flatMap((job) => [job, ...(job.steps ?? [])]);
  return calls.flatMap(({ uses, with: given = {} }) => {
    const inputs = uses === undefined ? null : inputsOf(uses);
    if (inputs === null) return [];
    const unknown = Object.keys(given).filter((name) => inputs[name] === undefined);
    const missing = Object.entries(inputs).filter(([name, { required }]) => required === true && !(name in given));
    return [
      ...unknown.map((name) => `${uses} has no input ${name}`),
      ...missing.map(([name]) => `${uses} needs ${name}`),
    ];
  });
}

const isWorkflow = ({ language, text }: Fence): boolean =>
  language === 'yaml' && Workflow.safeParse(parseDocument(text).toJS()).success;
const workflows = fences.filter(isWorkflow).map((fence) => ({ ...fence, at: place(fence) }));

test('the workflows of the examples call what there is, with inputs that it has', () => {
  const files = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.github\/(?:workflows|without-app)\/[a-z-]+\.yml$/.test(path),
  );
  expect(files.length).toBeGreaterThan(7);
  const wrong = files.map((path) => [path, wrongCalls(readFileSync(join(ROOT, 'examples', path), 'utf8'))]);
  expect(wrong.filter(([, problems]) => problems?.length !== 0)).toEqual([]);
});

describe('a workflow on a page', () => {
  test.each(workflows)('calls what there is, with inputs that it has: $at', ({ text }) => {
    expect(wrongCalls(text)).toEqual([]);
  });

  test('is found where the pages have them', () => {
    expect(new Set(workflows.map(({ page }) => page))).toEqual(
      new Set([
        'README.md',
        'docs/getting-started.md',
        'docs/without-an-app.md',
        'actions/check-data/README.md',
        'actions/train/README.md',
        'actions/verify/README.md',
      ]),
    );
  });
});

test('a call with a wrong or a missing input is seen', () => {
  const text =
    'on: push\njobs:\n  a:\n    steps:\n      - uses: trainyard/trainyard/actions/check-data@v1\n        with: { paht: x }';
  expect(wrongCalls(text)).toEqual([
    'trainyard/trainyard/actions/check-data@v1 has no input paht',
    'trainyard/trainyard/actions/check-data@v1 needs path',
    'trainyard/trainyard/actions/check-data@v1 needs contract',
  ]);
});

/** Calls of our command line in what a reader is to type, or as `code` in a text. */
function callsOf(page: string): { readonly at: string; readonly call: string }[] {
  const shown = fencesOf(page).filter(({ language }) => ['sh', 'console', 'yaml', 'bash'].includes(language));
  const typed = shown.flatMap((fence) =>
    fence.text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .flatMap(
        (line) =>
          /(?:^|\| |\/bin\/|cli\/)\s*(?:\$ |- run: )?(?:npx )?(?:trainyard|bin\.mjs) ([a-z]+ .*|[a-z]+$)/.exec(
            line,
          )?.[1] ?? [],
      )
      .map((call) => ({ at: place(fence), call })),
  );
  const named = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/`trainyard ([a-z]+[^`\n]*)`/g)];
  return [...typed, ...named.map(([, call = '']) => ({ at: page, call }))];
}

const calls = ALL_PAGES.flatMap(callsOf);

test('calls of the command line on the pages name commands and options that there are', () => {
  const wrong = calls.flatMap(({ at, call }) => {
    const [name = '', ...rest] =
      call
        .split(/\s+#|\s>|\s\|/)[0]
        ?.trim()
        .split(/\s+/) ?? [];
    if (['help', 'version'].includes(name)) return [];
    const command = COMMANDS.find((known) => known.name === name);
    if (command === undefined) return [`${at}: no command ${name}`];
    const known = new Set([...command.usage.matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
    return rest
      .map((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1])
      .filter((flag) => flag !== undefined && !known.has(flag))
      .map((flag) => `${at}: ${name} has no option ${flag}`);
  });
  expect(calls.length).toBeGreaterThan(40);
  expect(wrong).toEqual([]);
});

test('scripts of package.json that a page has a reader run are there', () => {
  const { scripts } = z.object({ scripts: Values }).parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  const named = ALL_PAGES.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, name = '']) => ({
      page,
      name,
    })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ name }) => scripts[name] === undefined)).toEqual([]);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('every JSON on a page can be read', () => {
  const unreadable = fences.filter(({ language, text }) => {
    if (language !== 'json') return false;
    // One document, or one in each line.
    return ![[text], text.trimEnd().split('\n')].some((documents) => documents.every(isJson));
  });
  expect(unreadable.map(place)).toEqual([]);
});
