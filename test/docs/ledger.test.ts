import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { generateSigningKey, localKeySigner, type SigningKey } from '../../adapters/signing/local-key.ts';
import { appendTo, type EntryDraft } from '../../core/ledger/append.ts';
import { LEDGER_REF, LedgerEntry } from '../../core/ledger/entry.ts';
import { decodeEntry, encodeEnvelope } from '../../core/ledger/envelope.ts';
import { parsePublicKey } from '../../core/ledger/keys.ts';
import { entryStatement, statementBytes } from '../../core/ledger/statement.ts';
import { codeIn, fencesOf, tableAfter, textOf } from './pages.ts';

const PAGE = 'docs/ledger.md';
const base = mkdtempSync(join(tmpdir(), 'docs-ledger-'));
const [origin, clone] = [join(base, 'origin'), join(base, 'clone')];
const key = generateSigningKey();

function git(cwd: string, args: readonly string[], input?: string | Uint8Array): string {
  const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', '-c', 'init.defaultBranch=main'];
  const environment = { PATH: process.env['PATH'], HOME: base, GIT_CONFIG_NOSYSTEM: '1' };
  const options = { cwd, env: environment, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync('git', [...identity, ...args], input === undefined ? options : { ...options, input }).trim();
}

/** Appends an entry as the App does: one commit with one envelope, whose parent is the entry before. */
async function append(parent: string | null, draft: EntryDraft, by: SigningKey): Promise<string> {
  const keys = [parsePublicKey(key.publicPem)];
  const last =
    parent === null
      ? null
      : decodeEntry(Buffer.from(execFileSync('git', ['show', `${parent}:envelope.json`], { cwd: origin })), keys);
  const envelope = await localKeySigner(by.privatePem).sign(statementBytes(entryStatement(appendTo(last, draft))));
  const blob = git(origin, ['hash-object', '-w', '--stdin'], encodeEnvelope(envelope));
  const tree = git(origin, ['mktree'], `100644 blob ${blob}\tenvelope.json\n`);
  const commit = git(origin, ['commit-tree', tree, '-m', draft.kind, ...(parent === null ? [] : ['-p', parent])]);
  git(origin, ['update-ref', LEDGER_REF, commit]);
  return commit;
}

/** Read back through the schema, as a draft that lacks its place in the chain. */
function lift(word: string): EntryDraft {
  const {
    sequence: _sequence,
    previous: _previous,
    ...draft
  } = LedgerEntry.parse({
    kind: 'lift',
    repository: 'acme/flights',
    sequence: 0,
    previous: null,
    at: '2026-11-22T02:52:55Z',
    by: 'ada',
    policyCommit: 'a'.repeat(40),
    model: 'flight-delay',
    word,
  });
  return draft;
}

const steps = fencesOf(PAGE)
  .filter(({ language, mark }) => language === 'sh' && mark === 'ledger')
  .map(({ text }) => text);

function verifyByHand(): { code: number; out: string } {
  rmSync(clone, { recursive: true, force: true });
  git(base, ['clone', '-q', origin, clone]);
  try {
    const environment = { PATH: process.env['PATH'], HOME: base };
    const options = { cwd: clone, env: environment, encoding: 'utf8', stdio: 'pipe' } as const;
    return { code: 0, out: execFileSync('bash', ['-e', '-o', 'pipefail', '-c', steps.join('\n')], options) };
  } catch (error) {
    const failed = z.object({ status: z.int(), stdout: z.string() }).parse(error);
    return { code: failed.status, out: failed.stdout };
  }
}

let first: string;
let second: string;

beforeAll(async () => {
  mkdirSync(join(origin, 'keys'), { recursive: true });
  git(origin, ['init', '-q', '.']);
  writeFileSync(join(origin, 'keys/trainyard.pub'), key.publicPem);
  git(origin, ['add', '.']);
  git(origin, ['commit', '-q', '-m', 'a key']);
  first = await append(null, lift('first'), key);
  second = await append(first, lift('a "previous":"null", in words'), key);
  git(origin, ['update-ref', 'refs/trainyard/runs/01JZ0000000000000000000000', first]);
  git(origin, ['tag', '-a', 'flight-delay@v1.0.0', '-m', `flight-delay 1.0.0\n\nTrainyard-Ledger: ${second}`]);
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('the commands of the page', () => {
  test('are there', () => {
    expect(steps).toHaveLength(4);
  });

  test('verify a ledger that holds, its runs and its tags', () => {
    git(origin, ['update-ref', LEDGER_REF, second]);
    const { code, out } = verifyByHand();
    expect(code).toBe(0);
    expect(out.match(/Verified OK/g)).toHaveLength(2);
    expect(out).toMatch(/^01JZ0000000000000000000000 [0-9a-f]{64}$/m);
    expect(out).toContain(`flight-delay@v1.0.0 stands on ${second}`);
  });

  test('refuse an entry that another key signed', async () => {
    await append(second, lift('forged'), generateSigningKey());
    expect(verifyByHand()).toMatchObject({ code: 1, out: expect.stringContaining('Verification failure') });
  });

  test('refuse an entry that does not follow from the one before', () => {
    const tree = git(origin, ['rev-parse', `${first}^{tree}`]);
    git(origin, ['update-ref', LEDGER_REF, git(origin, ['commit-tree', tree, '-m', 'again', '-p', second])]);
    expect(verifyByHand()).toMatchObject({ code: 1, out: expect.stringContaining('does not follow') });
  });

  test('see that a tag stands on an entry which the ledger has lost', () => {
    git(origin, ['update-ref', LEDGER_REF, first]);
    const { code, out } = verifyByHand();
    expect(code).not.toBe(0);
    expect(out).not.toContain('stands on');
  });
});

test('the page lists every kind of entry with its own fields', () => {
  const common = ['kind', 'repository', 'sequence', 'previous', 'at', 'by', 'policyCommit', 'model'];
  const listed = tableAfter(PAGE, '## Entries').map(([kind = '', , fields = '']) => [
    codeIn(kind)[0],
    codeIn(fields).sort(),
  ]);
  const known = LedgerEntry.options.map((entry) => [
    entry.shape.kind.value,
    Object.keys(entry.shape)
      .filter((field) => !common.includes(field))
      .sort(),
  ]);
  expect(listed).toEqual(known);
});

test('the entry that the page shows is one that would be accepted', () => {
  const [shown] = fencesOf(PAGE).filter(({ language }) => language === 'json');
  const statement: { predicate?: unknown } = JSON.parse(shown?.text ?? '{}');
  const entry = LedgerEntry.parse(statement.predicate);
  expect(entryStatement(entry)).toEqual(statement);
  expect(textOf(PAGE)).toContain(entry.repository);
});
