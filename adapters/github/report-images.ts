import { PortError, type ReportImages } from '../../flows/ports.ts';
import { commitObject, gitObject, type Identity, treeOfOneFile } from '../git/objects.ts';
import type { GitRefs } from '../git/refs.ts';

const FILE = 'chart.svg';
/** An image has no time of its own: with a fixed one, equal content is an equal commit, and tells that it is there. */
const NO_TIME = new Date(0);

export interface ReportImageOptions {
  readonly refs: GitRefs;
  /** The repository's page, `https://github.com/owner/name`. */
  readonly page: () => Promise<string>;
  readonly by: () => Identity;
}

/** Images as commits of their own, served by GitHub from the repository itself: readable by whoever may read it. */
export function reportImages({ refs, page, by }: ReportImageOptions): ReportImages {
  return {
    async put(name, svg) {
      if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name)) {
        throw new PortError(
          'malformed',
          `report image: expected a name of letters, digits and hyphens, got ${JSON.stringify(name)}`,
        );
      }
      const blob = gitObject('blob', Buffer.from(svg));
      const tree = treeOfOneFile(FILE, blob.id);
      // No parent: an image that was replaced needs no history.
      const identity = { ...by(), at: NO_TIME };
      const commit = commitObject({ tree: tree.id, parent: null, by: identity, message: `Report image ${name}` });
      const ref = `refs/trainyard/reports/${name}`;
      const there = (await refs.find(ref))?.id ?? null;
      if (there !== commit.id) {
        const moved = await refs.update([blob, tree, commit], [{ ref, from: there, to: commit.id }]);
        if (moved === 'conflict') throw new PortError('conflict', `${ref}: somebody else moved it; it is tried again`);
      }
      return { url: `${await page()}/raw/${commit.id}/${FILE}` };
    },
  };
}
