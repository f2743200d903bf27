import { parseConfig } from '../../core/config/parse.ts';
import type { PolicyConfig } from '../../core/config/policy.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { GitId } from '../../core/names.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import { fileAt } from '../runtime/tree-files.ts';

/** `policy` as the config at the order's policy commit has it; null where there is none that can be read. */
export async function policyAt(base: GitObjects, policyCommit: GitId): Promise<PolicyConfig | null> {
  const file = fileAt(await base.tree(policyCommit), CONFIG_PATH);
  const read = file === null ? null : await base.blobs([file.id]).next();
  const parsed = read === null || read.done === true ? null : parseConfig(Buffer.from(read.value).toString('utf8'));
  return parsed?.ok === true ? parsed.config.policy : null;
}
