/** One thing that keeps a requirements file from being a lock. `line` counts from 1. */
export interface LockProblem {
  readonly line: number;
  readonly message: string;
}

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Checks that a requirements file pins every package by version and hash and holds no option: an index, a link or an
 * include in it would decide where code comes from outside of what the lock says.
 */
export function checkLock(text: string): readonly LockProblem[] {
  if (Buffer.byteLength(text) > MAX_BYTES) return [{ line: 1, message: `expected at most ${MAX_BYTES} bytes` }];
  const problems: LockProblem[] = [];
  for (const { line, content } of logicalLines(text)) {
    const message = problemOf(content);
    if (message !== null) problems.push({ line, message });
    if (problems.length === 20) break;
  }
  return problems;
}

function problemOf(content: string): string | null {
  if (content.startsWith('-')) {
    return `expected only pinned packages, found the option \`${content.split(/[\s=]/)[0]}\`: leave it out of the lock`;
  }
  const name = /^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[A-Za-z0-9._, -]*\])?\s*/.exec(content);
  if (name?.[1] === undefined)
    return `expected \`package==version --hash=sha256:…\`, found \`${content.slice(0, 80)}\``;
  const rest = content.slice(name[0].length);
  if (!/^==\s*[A-Za-z0-9][A-Za-z0-9.!+_-]*(\s|;|$)/.test(rest)) {
    return `expected \`${name[1]}==version\`: every package needs one exact version`;
  }
  if (!/\s--hash=sha256:[0-9a-f]{64}(\s|$)/.test(content)) {
    return `expected a hash for \`${name[1]}\`: make the lock with \`uv pip compile --generate-hashes\``;
  }
  return null;
}

/** Joins continued lines, drops comments and blanks; `line` is where each begins. */
function* logicalLines(text: string): Generator<{ line: number; content: string }> {
  let start = 0;
  let joined = '';
  for (const [index, physical] of text.split(/\r?\n/).entries()) {
    if (joined === '') start = index + 1;
    const uncommented = physical.replace(/(^|\s)#.*$/, '');
    if (/\\\s*$/.test(uncommented)) {
      joined += `${uncommented.replace(/\\\s*$/, '')} `;
      continue;
    }
    const content = (joined + uncommented).trim();
    joined = '';
    if (content !== '') yield { line: start, content };
  }
  if (joined.trim() !== '') yield { line: start, content: joined.trim() };
}
