import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { GitId, Instant } from '../../core/names.ts';
import type { Notice } from '../../flows/ports.ts';

/**
 * What an App keeps in its database and jobs have nowhere to keep: it travels in the sticky comment itself, hidden and
 * packed. Anybody with write access can edit that comment, so it is for display only: what is signed or promoted is
 * never decided by it, and its links lead to the repository alone.
 */
export interface Memory {
  /** Newest last. */
  readonly notices: readonly Notice[];
  readonly validations: readonly StoredValidation[];
}

export interface StoredValidation {
  readonly commit: GitId;
  readonly dataset: string;
  /** JSON text, as flows write it. */
  readonly state: string;
}

export const EMPTY_MEMORY: Memory = { notices: [], validations: [] };

const NOTICES = 10;
const VALIDATIONS = 40;
/** Characters of a state: one with many findings is cut by `shortened`. */
const STATE = 20_000;
/** Bytes unpacked. */
const UNPACKED = 1_000_000;

const Stored = z.strictObject({
  notices: z
    .array(
      z.strictObject({
        pullRequest: z.int().positive(),
        key: z.string().max(200),
        at: Instant,
        author: z.string().max(100),
        command: z.string().max(500),
        tone: z.enum(['ok', 'refused', 'info']),
        message: z.string().max(10_000),
      }),
    )
    .max(NOTICES),
  validations: z
    .array(z.strictObject({ commit: GitId, dataset: z.string().max(64), state: z.string().max(STATE) }))
    .max(VALIDATIONS),
});

const PATTERN = /\n<!-- trainyard:memory ([A-Za-z0-9+/=]+) -->\s*$/;

/**
 * Empty where a comment holds none, or one that can't be read; without data checks that link elsewhere.
 *
 * @param url the repository's page on its server
 */
export function readMemory(body: string, url: string): Memory {
  const packed = PATTERN.exec(body)?.[1];
  if (packed === undefined) return EMPTY_MEMORY;
  try {
    const json = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: UNPACKED }).toString('utf8');
    const memory = Stored.parse(JSON.parse(json));
    return { ...memory, validations: memory.validations.filter(({ state }) => linksHome(state, url)) };
  } catch {
    return EMPTY_MEMORY;
  }
}

/** Whether a data check's link is to a workflow run of the repository, or to the repository where it has none. */
function linksHome(state: string, url: string): boolean {
  const link = z.looseObject({ url: z.string() }).safeParse(readJson(state)).data?.url;
  if (link === undefined || link === url) return true;
  const runs = `${url}/actions/runs/`;
  return link.startsWith(runs) && /^\d{1,16}(\/attempts\/\d{1,4})?$/.test(link.slice(runs.length));
}

/** The body with the memory behind it; what does not fit is forgotten, findings first. @param limit characters */
export function withMemory(body: string, memory: Memory, limit: number): string {
  const { notices, validations } = memory;
  const tries: readonly Memory[] = [
    memory,
    { notices: notices.slice(-3), validations },
    { notices: notices.slice(-3), validations: [] },
    { notices: notices.slice(-1), validations: [] },
  ];
  for (const one of tries) {
    if (one.notices.length === 0 && one.validations.length === 0) break;
    const text = `${body}\n<!-- trainyard:memory ${gzipSync(JSON.stringify(one)).toString('base64')} -->`;
    if (text.length <= limit) return text;
  }
  return body;
}

/** Both, where the later one says otherwise it holds. */
export function merged(earlier: Memory, later: Memory): Memory {
  const newer = new Set(later.notices.map(({ key }) => key));
  const notices = [...earlier.notices.filter(({ key }) => !newer.has(key)), ...later.notices.map(bounded)];
  const keyOf = ({ commit, dataset }: StoredValidation): string => `${commit} ${dataset}`;
  const known = new Set(later.validations.map(keyOf));
  const validations = [
    ...earlier.validations.filter((one) => !known.has(keyOf(one))),
    ...later.validations.map((one) => ({ ...one, state: shortened(one.state) })),
  ];
  return {
    notices: notices.sort((a, b) => a.at.localeCompare(b.at) || a.key.localeCompare(b.key)).slice(-NOTICES),
    validations: validations.filter(({ state }) => state.length <= STATE).slice(-VALIDATIONS),
  };
}

function bounded(notice: Notice): Notice {
  return { ...notice, author: notice.author.slice(0, 100), message: notice.message.slice(0, 2000) };
}

/** A data check's state with its first findings only and without its report; its check run shows them all. */
function shortened(state: string): string {
  const parsed = z
    .looseObject({ result: z.looseObject({ findings: z.array(z.unknown()) }) })
    .safeParse(readJson(state));
  if (!parsed.success) return state;
  const { result } = parsed.data;
  const short = { ...result, findings: result.findings.slice(0, 5), ...('report' in result ? { report: null } : {}) };
  return JSON.stringify({ ...parsed.data, result: short });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
