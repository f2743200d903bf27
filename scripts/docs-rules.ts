/** Makes the index of docs/rules, and what each of its pages takes from the code. Usage: node scripts/docs-rules.ts */
import { ENGINE_RULES } from '../core/verification/engine.ts';
import type { Rule } from '../core/verification/format.ts';
import { FORMATS } from '../core/verification/formats.ts';
import { RULES } from '../core/verification/rules.ts';
import { UNWAIVABLE } from '../core/verification/waivers.ts';
import { type Block, cell, table, writeBlock } from './docs-block.ts';

const COMMAND = 'node scripts/docs-rules.ts';

export function ruleIndex(): Block {
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['any file', ENGINE_RULES.map(({ id }) => id)],
    ...FORMATS.map(
      ({ name, rules }) => [name.replaceAll('-', ' '), [...rules.map(({ id }) => id), `${name}-malformed`]] as const,
    ),
  ];
  const rows = groups.flatMap(([group, ids]) =>
    ids.map((id) => [group, `[\`${id}\`](${id}.md)`, cell(RULES.get(id)?.title ?? '')]),
  );
  return {
    page: 'docs/rules/README.md',
    name: 'rules',
    command: COMMAND,
    content: table(['in', 'rule', 'finds'], rows),
  };
}

/** What the code says of a rule, and how it is waived, for the page of the rule. */
export function rulePages(): readonly Block[] {
  return [...RULES.values()].flatMap((rule) => {
    const page = `docs/rules/${rule.id}.md`;
    return [
      { page, name: 'rule', command: COMMAND, content: `**${rule.title}.** ${rule.why}` },
      { page, name: 'waiver', command: COMMAND, content: waiver(rule) },
    ];
  });
}

function waiver({ id }: Rule): string {
  if (UNWAIVABLE.has(id)) return 'It is not of the bytes of one file, so nothing waives it.';
  return `With \`trainyard scan --policy FILE\`, or under \`policy.scan\` in the config of the default branch ([waivers](../scanner.md#waivers)), by the
digest of the file on disk:

\`\`\`yaml
version: 1
waivers:
  - rule: ${id}
    sha256: "${'0'.repeat(64)}" # of the file, by sha256sum
    owner: ml-platform
    reason: what was looked at, and why it is harmless
    expires: 2027-01-31
\`\`\``;
}

if (import.meta.main) for (const block of [ruleIndex(), ...rulePages()]) writeBlock(block);
