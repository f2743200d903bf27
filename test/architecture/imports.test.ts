import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const rooms = ['core', 'flows', 'adapters', 'actions', 'app', 'cli', 'local', 'scripts'] as const;
/** The one script that stands before everything else: it refuses an old Node.js. */
const DOORKEEPER = 'scripts/require-node.mjs';
type Room = (typeof rooms)[number];

/** Which rooms of ours a room may import, besides itself (DESIGN: imports go one way). */
const allowed: Readonly<Record<Room, readonly Room[]>> = {
  core: [],
  flows: ['core'],
  adapters: ['flows', 'core'],
  actions: ['adapters', 'flows', 'core'],
  app: ['adapters', 'flows', 'core'],
  cli: ['adapters', 'flows', 'core'],
  local: [],
  scripts: ['core', 'adapters', 'app', 'local', 'flows'],
};

/** Adapters implement ports; nothing else of the flows is theirs to call. */
const adapterMayImportOfFlows = /^flows\/(ports|events|outcome|check-data\/ports)\.ts$/;
const corePackages = new Set(['zod', 'yaml', 'node:crypto', 'node:buffer']);
const ambient = /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/;

function sources(folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name === 'dist' || name === 'node_modules') continue;
    if (statSync(path).isDirectory()) found.push(...sources(path));
    else if (/\.(ts|mjs)$/.test(name)) found.push(path);
  }
  return found;
}

function importsOf(path: string, erased: 'with types' | 'without types' = 'with types'): string[] {
  const source = readFileSync(path, 'utf8');
  const text =
    erased === 'with types'
      ? source
      : source.replace(/(?:^|\n)\s*(?:import|export) type\s[^'"]*?from\s*['"][^'"]+['"]/g, '');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const files = rooms.flatMap((room) => {
  try {
    return sources(join(root, room)).map((path) => ({ room, path, name: relative(root, path) }));
  } catch {
    return [];
  }
});

describe('imports go one way', () => {
  test('every room has sources, so that this test looks at something', () => {
    for (const room of rooms) expect(files.filter((file) => file.room === room).length, room).toBeGreaterThan(0);
  });

  test('no room imports a room that it must not know', () => {
    const wrong: string[] = [];
    for (const { room, path, name } of files) {
      for (const target of importsOf(path).filter((specifier) => specifier.startsWith('.'))) {
        const imported = relative(root, resolve(dirname(path), target));
        const other = imported.split('/')[0];
        if (other === room || imported === DOORKEEPER) continue;
        // The probes that are put to github.com are the very tests of the local GitHub.
        if (room === 'scripts' && imported.startsWith('test/conformance/')) continue;
        const permitted = (allowed[room] as readonly string[]).includes(other ?? '');
        const narrow = room !== 'adapters' || other !== 'flows' || adapterMayImportOfFlows.test(imported);
        if (!permitted || !narrow) wrong.push(`${name} imports ${imported}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('core imports zod, yaml, itself and the pure parts of Node only', () => {
    const wrong: string[] = [];
    for (const { path, name } of files.filter((file) => file.room === 'core')) {
      for (const target of importsOf(path)) {
        if (!target.startsWith('.') && !corePackages.has(target)) wrong.push(`${name} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('nothing but app/telemetry knows of OpenTelemetry', () => {
    const wrong = files.filter(
      ({ path, name }) =>
        !name.startsWith('app/telemetry/') && importsOf(path).some((target) => target.startsWith('@opentelemetry/')),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('core and flows read no environment, clock or randomness', () => {
    const wrong = files
      .filter((file) => file.room === 'core' || file.room === 'flows')
      .filter((file) => ambient.test(readFileSync(file.path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
      .map((file) => file.name);
    expect(wrong).toEqual([]);
  });

  test('no module waits for itself to be loaded', () => {
    const graph = new Map<string, string[]>();
    for (const { path } of files) {
      graph.set(
        path,
        // Types are erased before anything runs: a cycle of them loads nothing twice.
        importsOf(path, 'without types')
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => resolve(dirname(path), specifier)),
      );
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].map((part) => relative(root, part)).join(' → '));
        return;
      }
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });
});
