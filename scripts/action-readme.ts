import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** The parts of an action.yml that its README and its tests speak of. */
export const ActionMetadata = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        description: z.string(),
        required: z.boolean().optional(),
        default: z.string().optional(),
      }),
    )
    .default({}),
  outputs: z.record(z.string(), z.strictObject({ description: z.string() })).default({}),
  runs: z.strictObject({ using: z.literal('node24'), main: z.string() }),
});
export type ActionMetadata = z.infer<typeof ActionMetadata>;

/** Folders below actions/ that hold a main.ts, sorted: each is an action. */
export async function actionFolders(root: string): Promise<readonly string[]> {
  const names = await readdir(join(root, 'actions'));
  const found = await Promise.all(
    names.map(async (name) => ((await isFile(join(root, 'actions', name, 'main.ts'))) ? [name] : [])),
  );
  return found.flat().sort();
}

export async function readAction(root: string, name: string): Promise<ActionMetadata> {
  return ActionMetadata.parse(parse(await readFile(join(root, 'actions', name, 'action.yml'), 'utf8')));
}

const BEGIN = '<!-- from action.yml: run `npm run build` -->';
const END = '<!-- end -->';

/** The README with its tables made anew; what stands outside of the marks is kept. */
export async function readmeOf(root: string, name: string): Promise<string> {
  const action = await readAction(root, name);
  const tables = `${BEGIN}\n\n${inputsTable(action)}${outputsTable(action)}${END}`;
  const found = await readFile(join(root, 'actions', name, 'README.md'), 'utf8').catch(() => null);
  const begin = found?.indexOf(BEGIN) ?? -1;
  const end = found?.indexOf(END) ?? -1;
  if (found === null || begin < 0 || end < begin) return `# ${action.name}\n\n${action.description}\n\n${tables}\n`;
  return found.slice(0, begin) + tables + found.slice(end + END.length);
}

function inputsTable({ inputs }: ActionMetadata): string {
  const rows = Object.entries(inputs).map(([input, { description, required, default: fallback }]) => {
    const need = required === true ? 'required' : fallback === '' ? 'optional' : `\`${fallback}\``;
    return `| \`${input}\` | ${cell(description)} | ${need} |`;
  });
  return rows.length === 0
    ? ''
    : `## Inputs\n\n| input | what it is | default |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`;
}

function outputsTable({ outputs }: ActionMetadata): string {
  const rows = Object.entries(outputs).map(([output, { description }]) => `| \`${output}\` | ${cell(description)} |`);
  return rows.length === 0 ? '' : `## Outputs\n\n| output | what it is |\n| --- | --- |\n${rows.join('\n')}\n\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
