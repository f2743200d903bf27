/**
 * The scanner against picklescan, modelscan and fickling: CPU time on the same files, and who holds which attack. The peers
 * are installed into the folder that git ignores. Usage: node bench/scan.ts [--json]
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { scanFiles } from '../core/verification/scan.ts';
import { pythonEnvironment } from '../scripts/python-environment.ts';
import { CACHE } from './data-inputs.ts';
import { ATTACKS } from './scan-attacks.ts';
import { FORMAT_ATTACKS, ORDINARY } from './scan-format-attacks.ts';
import { type BenchRow, report } from './table.ts';

/** As pip takes them; each with what it needs and does not ask for. */
const PEERS = {
  picklescan: ['picklescan==1.0.5', 'numpy==2.4.6'],
  modelscan: ['modelscan==0.8.8', 'numpy==2.4.6'],
  fickling: ['fickling==0.1.12', 'typing_extensions==4.15.0'],
} as const;
/** The best of them counts, in both: other work on the machine must not. */
const ROUNDS = 8;
/** Before them, of ours alone: it is compiled as it runs, which a scan of gigabytes does not notice. */
const WARM_UP = 24;

interface Scanned {
  readonly path: string;
  readonly bytes: number;
  readonly seconds: number;
  readonly held: string;
}

/** Kinds of text, as lists of nothing else: each is told from encoded pickles by other looks. */
const TEXTS = ['names', 'paths', 'addresses', 'digests', 'sha256', 'base64', 'uuids', 'dates', 'sentences'];
/** Of them, those that are written in protocol 0, too. */
const OLD_TEXTS = ['names', 'digests', 'uuids', 'sentences'];
const KINDS = [
  ...['objects', 'vocabulary', 'blocks', ...TEXTS, 'objects-protocol-0'],
  ...OLD_TEXTS.map((name) => `${name}-protocol-0`),
];

/** Many small objects, a few large arrays as bytes, and text of several kinds: what pickles of models are made of. */
const MAKE = `
import base64, pickle, random, sys, time, uuid
random.seed(0)
folder, old = sys.argv[1], sys.argv[2].split(",")
rows = [{"id": n, "name": "user%d" % (n % 1000), "score": random.random(), "tags": ["a", "c%d" % (n % 50)], "at": (n, 2 * n)} for n in range(100_000)]
pickle.dump(rows, open(folder + "/objects.pkl", "wb"), protocol=4)
pickle.dump({"term%d" % n: n for n in range(300_000)}, open(folder + "/vocabulary.pkl", "wb"), protocol=4)
pickle.dump([random.randbytes(4000) for n in range(20_000)], open(folder + "/blocks.pkl", "wb"), protocol=4)
words = "the model learns from examples and flights are delayed by weather at an airport".split()
texts = {
    "names": lambda n: "model.layers.%d.self_attn.proj_%d.weight" % (n % 80, n),
    "paths": lambda n: "/data/train/images/class_%03d/img_%06d.jpg" % (n % 100, n),
    "addresses": lambda n: "https://example.org/items/%d/page-%d.html?ref=%d" % (n % 1000, n, 7 * n),
    "digests": lambda n: random.randbytes(16).hex(),
    "sha256": lambda n: random.randbytes(32).hex(),
    "base64": lambda n: base64.b64encode(random.randbytes(16)).decode(),
    "uuids": lambda n: str(uuid.UUID(bytes=random.randbytes(16), version=4)),
    "dates": lambda n: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_600_000_000 + 977 * n)),
    "sentences": lambda n: " ".join(random.choice(words) for _ in range(random.randint(5, 30))),
}
for name, text in texts.items():
    made = [text(n) for n in range(60_000)]
    pickle.dump(made, open(folder + "/" + name + ".pkl", "wb"), protocol=4)
    if name in old: pickle.dump(made[:20_000], open(folder + "/" + name + "-protocol-0.pkl", "wb"), protocol=0)
pickle.dump(rows[:20_000], open(folder + "/objects-protocol-0.pkl", "wb"), protocol=0)
`;

function python(name: keyof typeof PEERS): string {
  return join(pythonEnvironment({ packages: PEERS[name] }), 'python');
}

function peer(name: keyof typeof PEERS, paths: readonly string[]): readonly Scanned[] {
  const script = join(import.meta.dirname, 'scan-peers.py');
  const out = execFileSync(python(name), [script, name, ...paths], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  });
  return out
    .split('\n')
    .filter((line) => line.startsWith('RESULT '))
    .map((line): Scanned => JSON.parse(line.slice(7)));
}

function ours(path: string): Scanned {
  const [descriptor, size] = [openSync(path, 'r'), statSync(path).size];
  const before = process.cpuUsage();
  const read = (offset: number, length: number, into = new Uint8Array(length)): Uint8Array =>
    into.subarray(0, readSync(descriptor, into, 0, length, offset));
  const { verdict } = scanFiles([{ path, size, sha256: '0'.repeat(64), read }]);
  const { user, system } = process.cpuUsage(before);
  closeSync(descriptor);
  return { path, bytes: size, seconds: (user + system) / 1e6, held: verdict === 'clean' ? 'passed' : 'held' };
}

/** What no scanner can do without that reads a file of many small blocks: all of its bytes, in pieces as large as ours. */
function reading(path: string): Scanned {
  const [descriptor, size] = [openSync(path, 'r'), statSync(path).size];
  const piece = Buffer.allocUnsafeSlow(1 << 18);
  const before = process.cpuUsage();
  for (let at = 0; at < size; at += piece.length) readSync(descriptor, piece, 0, piece.length, at);
  const { user, system } = process.cpuUsage(before);
  closeSync(descriptor);
  return { path, bytes: size, seconds: (user + system) / 1e6, held: 'passed' };
}

const best = (all: readonly Scanned[]): number => Math.max(...all.map(({ bytes, seconds }) => bytes / 1e6 / seconds));

function speed(folder: string): readonly BenchRow[] {
  execFileSync('python3', ['-c', MAKE, folder, OLD_TEXTS.join(',')]);
  const paths = KINDS.map((name) => join(folder, `${name}.pkl`));
  const rounds = Array.from({ length: ROUNDS }, () => peer('picklescan', paths)).flat();
  return paths.flatMap((path) => {
    const scanned = best(Array.from({ length: WARM_UP + ROUNDS }, () => ours(path)).slice(WARM_UP));
    const row = { what: `${basename(path)}, CPU`, ours: scanned, unit: 'MB/s', better: 'higher' } as const;
    const peers = {
      [PEERS.picklescan[0]]: rounds.filter((one) => one.path === path),
      'reading it alone': Array.from({ length: ROUNDS }, () => reading(path)),
    };
    return Object.entries(peers).map(([peerName, all]) => ({ ...row, peer: best(all), peerName }));
  });
}

/** Who holds which attack: one column for each scanner, ours first. */
interface Caught {
  readonly title: string;
  readonly paths: readonly string[];
  readonly columns: readonly (readonly [name: string, all: readonly Scanned[]])[];
}

function caught(folder: string, title: string, attacks: Readonly<Record<string, Uint8Array>>): Caught {
  const paths = Object.entries(attacks).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
  const peers = (['picklescan', 'modelscan', 'fickling'] as const).map((name) => [name, peer(name, paths)] as const);
  return { title, paths, columns: [['trainyard', paths.map(ours)], ...peers] };
}

const count = (all: readonly Scanned[], right: 'held' | 'passed'): number =>
  all.filter(({ held }) => held === right).length;

function caughtRows({ title, paths, columns }: Caught, right: 'held' | 'passed'): readonly BenchRow[] {
  const [own, ...peers] = columns;
  return peers.map(([name, all]) => ({
    what: `${title} ${right}, of ${paths.length}`,
    ours: count(own?.[1] ?? [], right),
    peer: count(all, right),
    peerName: name,
    unit: 'files',
    better: 'higher',
  }));
}

function printCaught({ title, paths, columns }: Caught): void {
  const rows = paths.map((path) => [
    basename(path),
    ...columns.map(([, all]) => all.find((one) => one.path === path)?.held ?? 'no answer'),
  ]);
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell, at) => cell.slice(0, at === 0 ? 34 : 20).padEnd(at === 0 ? 36 : 22)).join('')}\n`;
  process.stdout.write(`\n${line([title, ...columns.map(([name]) => name)])}`);
  for (const row of rows) process.stdout.write(line(row));
  process.stdout.write(line([`held of ${paths.length}`, ...columns.map(([, all]) => String(count(all, 'held')))]));
}

const folder = join(CACHE, 'scan');
mkdirSync(folder, { recursive: true });
const held = [caught(folder, 'attacks by pickle', ATTACKS), caught(folder, 'attacks by other formats', FORMAT_ATTACKS)];
const ordinary = caught(folder, 'ordinary files', ORDINARY);
report('scan', [
  ...speed(folder),
  ...held.flatMap((one) => caughtRows(one, 'held')),
  ...caughtRows(ordinary, 'passed'),
]);
if (!process.argv.includes('--json')) for (const one of [...held, ordinary]) printCaught(one);
