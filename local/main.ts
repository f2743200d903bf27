import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { plant, Seed } from './seed.ts';
import { startLocalGitHub } from './server.ts';

const USAGE = `Usage: npm run local -- [--data DIRECTORY] [--port PORT] [--seed FILE.json]

A small GitHub on 127.0.0.1. Its workflow jobs run on this machine as you: start it only with repositories that you trust.`;

const Arguments = z.object({
  data: z.string().default('.trainyard/local'),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  seed: z.string().optional(),
});

async function readSeed(file: string | undefined): Promise<Seed> {
  return Seed.parse(file === undefined ? {} : JSON.parse(await readFile(file, 'utf8')));
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const { data, port, seed: file } = Arguments.parse(values);
  const dataDir = resolve(data);
  const isNew = !existsSync(join(dataDir, 'state.sqlite'));
  const seed = await readSeed(file);
  const github = await startLocalGitHub({ dataDir, port, log: (line) => console.error(line) });
  console.log(`Local GitHub: ${github.urls.server} (API: ${github.urls.api})`);
  console.log('Workflow jobs run on this machine, as you. Nothing is reachable from other machines.');
  if (isNew) {
    const credentials = join(dataDir, 'credentials.json');
    await writeFile(credentials, `${JSON.stringify(await plant(github, seed), null, 2)}\n`, { mode: 0o600 });
    console.log(`Tokens and App keys: ${credentials}`);
  } else if (file !== undefined) {
    console.log(`${dataDir} holds a server already: it goes on as it was, and the seed was not used.`);
  }
  const stop = (): void => void github.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const problem =
    error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
  console.error(`The local GitHub did not start: ${problem}`);
  process.exitCode = 2;
}
