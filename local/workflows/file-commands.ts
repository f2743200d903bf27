import { WorkflowError } from './errors.ts';

/** A step summary may hold this many bytes. */
export const MAX_SUMMARY_BYTES = 1024 * 1024;

/**
 * Reads `name=value` lines and `name<<DELIMITER` blocks, the format of GITHUB_OUTPUT, GITHUB_ENV and GITHUB_STATE.
 * @throws WorkflowError `file_command` in the runner's words.
 */
export function parseKeyValues(content: string): [string, string][] {
  const pairs: [string, string][] = [];
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (let index = 0; index < lines.length; index += 1) {
    const line = stripReturn(lines[index] ?? '');
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw invalid(`Invalid format '${line}'. Name must not be empty`);
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc >= 0) {
      index = readBlock(lines, index, line, heredoc, pairs);
    } else {
      throw invalid(`Invalid format '${line}'`);
    }
  }
  return pairs;
}

/** Reads the block that starts at `start`. @returns the index of its last line. */
function readBlock(lines: string[], start: number, line: string, heredoc: number, pairs: [string, string][]): number {
  const name = line.slice(0, heredoc);
  const delimiter = line.slice(heredoc + 2);
  if (name === '' || delimiter === '') {
    throw invalid(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
  }
  const value: string[] = [];
  for (let index = start + 1; index < lines.length; index += 1) {
    const text = stripReturn(lines[index] ?? '');
    if (text === delimiter) {
      pairs.push([name, value.join('\n')]);
      return index;
    }
    value.push(lines[index] ?? '');
  }
  throw invalid(`Invalid value. Matching delimiter not found '${delimiter}'`);
}

/** GITHUB_PATH: one directory a line. */
export function parsePaths(content: string): string[] {
  return content.split(/\r?\n/).filter((line) => line !== '');
}

/** GitHub ignores attempts to replace its own variables, and refuses NODE_OPTIONS, which would run code in later steps. */
export function checkEnvironmentName(name: string): 'allowed' | 'reserved' {
  if (name.toUpperCase() === 'NODE_OPTIONS') {
    throw invalid("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  }
  return /^(GITHUB|RUNNER)_/i.test(name) ? 'reserved' : 'allowed';
}

function stripReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function invalid(message: string): WorkflowError {
  return new WorkflowError('file_command', message);
}
