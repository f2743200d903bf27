import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const rooms = ['core', 'flows', 'adapters', 'actions', 'app', 'cli'];

/**
 * Every way by which text leaves us, where it is used, and what makes foreign text in it harmless (docs/security.md,
 * "Foreign text"). A new place fails here until it is entered, which is when somebody thinks of its escape.
 */
const SINKS: readonly (readonly [what: string, code: RegExp, escape: string, files: readonly string[]])[] = [
  [
    'comments',
    /\.putSticky\(/,
    'renderComment; memory packed as base64',
    ['adapters/without-app/in-flight.ts', 'flows/show-comment.ts', 'flows/show.ts'],
  ],
  ['issues', /\bissues\.put\(/, 'codeSpan, escapeMarkdown; title of names', ['flows/audit.ts', 'flows/freeze.ts']],
  [
    'checks',
    /\bputCheck\(\s|checks\.put\(/,
    'render…Check, escapeMarkdown, codeSpan; cutText at the last',
    ['adapters/without-app/shown.ts', 'flows/put-check.ts', 'flows/show-outcome.ts', 'flows/show.ts'],
  ],
  ['releases', /\breleases\.ensure\(/, 'renderRelease; name and file of names', ['flows/promote-version.ts']],
  ['deployments', /\bdeployments\.ensure\(/, 'names only; cutText', ['flows/promote-stage.ts']],
  ['tags', /\btags\.create\(/, 'names and ids only', ['flows/promote-stage.ts', 'flows/promote-version.ts']],
  [
    'commits',
    /\bledger\.append\(/,
    'gitSubject; names and ids; ledger-watch.ts hands on what it is given',
    ['app/ledger-watch.ts', 'flows/audit.ts', 'flows/ledger.ts'],
  ],
  ['images', /\bimages\.put\(/, 'cleanLine and escapeHtml in comparisonChart', ['flows/show-comment.ts']],
  [
    'a step’s summary',
    /\.summary\(/,
    'summaryOf, reportToCheck, scanToMarkdown: codeSpan, escapeMarkdown',
    [
      'actions/check-data/check-data.ts',
      'actions/check-data/contract.ts',
      'actions/train/alone.ts',
      'actions/train/ordered.ts',
      'actions/validate/validate.ts',
      'actions/verify/verify.ts',
    ],
  ],
  [
    'a job’s log, annotations and outputs',
    /\bcore\.(?:info|notice|warning|error|debug|set\w+|summary|exportVariable|addPath|saveState|\w*[gG]roup)\b/,
    'logText; @actions/core escapes properties and picks random delimiters',
    ['actions/runtime/entry.ts', 'actions/runtime/job.ts'],
  ],
  [
    'foreign output in a log',
    /\blog\.raw\b/,
    'CommandLog',
    ['actions/evaluate/evaluate.ts', 'actions/evaluate/stage.ts', 'actions/train/alone.ts', 'actions/train/ordered.ts'],
  ],
  [
    'standard output',
    /\bprocess\.std(?:out|err)\b|\bconsole\./,
    'logText, terminalText; JSON to the process that asked',
    [
      'actions/runtime/job.ts',
      'adapters/data-sources/worker/main.ts',
      'adapters/duckdb/worker/main.ts',
      'adapters/engines/kubernetes/pod/main.ts',
      'app/run.ts',
      'cli/main.ts',
    ],
  ],
  [
    'reports and contracts as files',
    /\breportTo(?:Html|Sarif|Junit|Json)\(\w|\bwriteNew\(resolve|\bserialiseProfile\(\w/,
    'html, cleanLine and escapeHtml, JSON, encoded references, quoted scalars',
    [
      'actions/check-data/write-reports.ts',
      'actions/validate/validate.ts',
      'cli/commands/data.ts',
      'cli/data-init.ts',
      'cli/data-profile.ts',
      'core/data/profile/profile-text.ts',
      'core/reports/data/html.ts',
      'core/reports/data/json.ts',
      'core/reports/data/junit.ts',
      'core/reports/data/sarif.ts',
    ],
  ],
  [
    'hidden markers',
    /<!-- trainyard:/,
    'names only',
    ['adapters/without-app/memory.ts', 'core/reports/comment.ts', 'flows/audit.ts', 'flows/freeze.ts'],
  ],
  [
    'other programs',
    /from 'node:child_process'/,
    'argument vectors; the sandbox’s script takes arguments',
    [
      'actions/runtime/git-objects.ts',
      'adapters/data-sources/convert.ts',
      'adapters/data-sources/repository.ts',
      'adapters/duckdb/engine.ts',
      'adapters/git/source.ts',
      'adapters/runners/local/provider.ts',
      'adapters/sandbox/process-group.ts',
      'app/database/postgres-server.ts',
      'app/database/postgres-user.ts',
    ],
  ],
  [
    'shells and interpreters',
    /\bshell: true|\bexec(?:Sync)?\(\s*[`'"]|'-l?c',/,
    'the user’s own command as the config has it, or a constant whose arguments stand outside it',
    [
      'actions/train/execute.ts',
      'adapters/engines/kubernetes/pod.ts',
      'adapters/python/interpreter.ts',
      'adapters/sandbox/confined.ts',
      'adapters/sandbox/launcher.ts',
      'adapters/sandbox/process-group.ts',
      'app/database/postgres-server.ts',
    ],
  ],
];

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'dist') return [];
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

const files = rooms
  .flatMap((room) => sources(join(root, room)))
  .map((path) => ({ path: relative(root, path), code: readFileSync(path, 'utf8') }));

test.each(SINKS)('%s: only where it is known what makes foreign text harmless', (_, code, __, known) => {
  const found = files.filter((file) => code.test(file.code)).map(({ path }) => path);
  expect(found.toSorted()).toEqual([...known].toSorted());
});

test('foreign output reaches a log through nothing but CommandLog', () => {
  for (const { path, code } of files) {
    const uses = code.match(/\blog\.raw\b/g)?.length ?? 0;
    const guarded = code.match(/new CommandLog\([\w.]*\blog\.raw,/g)?.length ?? 0;
    expect([path, uses]).toEqual([path, guarded]);
  }
});
