import type { GitId } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import type { GitObject } from './objects.ts';
import { push, type RefUpdate } from './push.ts';
import { type GitReference, listReferences } from './references.ts';
import type { GitAccess } from './transport.ts';

/** The refs of one repository, read in one question and moved by compare-and-swap. */
export interface GitRefs {
  /** `HEAD`: the default branch's name (null where the server does not tell) and its head; null in an empty repository. */
  head(): Promise<{ readonly branch: string | null; readonly id: GitId } | null>;
  find(name: string): Promise<GitReference | null>;
  /** The next question is asked anew. */
  forget(): void;
  /** Refs whose full names start with this. @param limit bytes of the answer, beyond which it is `too_large` */
  list(prefix: string, limit?: number): Promise<readonly GitReference[]>;
  /**
   * Moves all or none. `conflict` when one of them is not where it was expected.
   * @throws PortError `forbidden` when the server refuses a ref that is where it was expected
   */
  update(objects: readonly GitObject[], updates: readonly RefUpdate[]): Promise<'updated' | 'conflict'>;
}

/** Asked for together, since most flows need them all. */
const USUAL = ['HEAD', 'refs/heads/trainyard/', 'refs/trainyard/'] as const;

interface Known {
  readonly at: number;
  readonly references: Promise<readonly GitReference[]>;
}

/**
 * @param freshFor milliseconds for which an answer is used again. A flow whose refs were read after it began loses
 *   nothing by it: what it writes is compared with the server's own state. 0: every question is asked anew
 */
export function gitRefs(access: GitAccess, freshFor = 0): GitRefs {
  const known = new Map<string, Known>();
  const read = (prefix: string, limit?: number): Promise<readonly GitReference[]> => {
    const usual = USUAL.find((one) => prefix.startsWith(one));
    const key = usual === undefined ? prefix : 'usual';
    const now = access.now().getTime();
    const before = known.get(key);
    if (before !== undefined && now - before.at < freshFor) return before.references;
    const references = listReferences(access, usual === undefined ? [prefix] : USUAL, limit);
    known.set(key, { at: now, references });
    references.catch(() => known.delete(key));
    return references;
  };
  const find = async (name: string): Promise<GitReference | null> =>
    (await read(name)).find((reference) => reference.name === name) ?? null;
  return {
    async head() {
      const found = await find('HEAD');
      if (found === null) return null;
      return { branch: found.target?.replace(/^refs\/heads\//, '') ?? null, id: found.id };
    },
    find,
    forget: () => known.clear(),
    async list(prefix, limit) {
      return (await read(prefix, limit)).filter(({ name }) => name.startsWith(prefix));
    },
    async update(objects, updates) {
      // Also where no answer came: they may have moved all the same.
      const pushed = await push(access, objects, updates).finally(() => known.clear());
      if (pushed.kind === 'pushed') return 'updated';
      // Servers word their refusals as they like: what tells a conflict is that a ref is not where it was expected.
      for (const { ref, from } of updates) if (((await find(ref))?.id ?? null) !== from) return 'conflict';
      const [[ref, reason] = ['', '']] = pushed.reasons;
      throw new PortError('forbidden', `${ref}: expected the server to move it, but it refused: ${reason}`);
    },
  };
}
