/**
 * Takes a screenshot of a page with headless Chromium (`apt-get install chromium`, or CHROMIUM=/path/to/chrome).
 * Usage: node scripts/screenshot.ts URL FILE.png [--width=1280] [--height=900] [--dark] [--full | --of=SELECTOR] [--sign-in=LOGIN] [--wait=MS]
 * `--sign-in` presses that user's button on the local GitHub's sign-in page first; `--full` takes the whole page, and
 * `--of` from its first element that the selector names to its last one.
 * Exit code 2 when no browser is found or the call is wrong.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Box, connect, type Tab } from './chromium/devtools.ts';
import { FLAGS, PLACES } from './chromium/launch.ts';

interface Shot {
  readonly url: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
  readonly full: boolean;
  readonly of: string | undefined;
  readonly signIn: string | undefined;
  /** Milliseconds to let the page settle. */
  readonly wait: number;
}

function readCall(): Shot {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      width: { type: 'string', default: '1280' },
      height: { type: 'string', default: '900' },
      wait: { type: 'string', default: '600' },
      dark: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      of: { type: 'string' },
      'sign-in': { type: 'string' },
    },
  });
  const [url, file] = positionals;
  if (url === undefined || file === undefined)
    fail('expected a URL and the file to write: node scripts/screenshot.ts URL FILE.png');
  const { dark, full, of } = values;
  const [width, height, wait] = [values.width, values.height, values.wait].map(Number);
  return {
    url,
    file,
    width: width ?? 1280,
    height: height ?? 900,
    dark,
    full,
    of,
    signIn: values['sign-in'],
    wait: wait ?? 600,
  };
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

async function signIn(tab: Tab, url: string, login: string): Promise<void> {
  const target = new URL(url);
  await tab.open(new URL(`/login?return_to=${encodeURIComponent(target.pathname + target.search)}`, url).href);
  const pressed = await tab.evaluate(
    `(() => { const field = [...document.querySelectorAll('input[name=login]')].find((one) => one.value === ${JSON.stringify(login)}); if (!field) return false; field.form.requestSubmit(); return true; })()`,
  );
  if (pressed !== true) fail(`the sign-in page offers no user "${login}"`);
  await tab.settled(400);
}

async function take(tab: Tab, shot: Shot): Promise<Buffer> {
  await tab.size(shot.width, shot.height);
  await tab.darkMode(shot.dark);
  if (shot.signIn !== undefined) await signIn(tab, shot.url, shot.signIn);
  await tab.open(shot.url);
  await tab.settled(shot.wait);
  return tab.screenshot(shot.of === undefined ? (shot.full ? 'page' : 'window') : await boxOf(tab, shot.of));
}

/** Room around the elements, in pixels. */
const MARGIN = 12;

async function boxOf(tab: Tab, selector: string): Promise<Box> {
  const found = await tab.evaluate(`(() => {
    const boxes = [...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.getBoundingClientRect());
    if (boxes.length === 0) return null;
    const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
    const [right, bottom] = [Math.max(...boxes.map((box) => box.right)), Math.max(...boxes.map((box) => box.bottom))];
    return { x: left + scrollX, y: top + scrollY, width: right - left, height: bottom - top };
  })()`);
  if (found === null) fail(`the page has nothing that is ${selector}`);
  const { x, y, width, height } = Box.parse(found);
  const [left, top] = [Math.max(0, x - MARGIN), Math.max(0, y - MARGIN)];
  return { x: left, y: top, width: x + width + MARGIN - left, height: y + height + MARGIN - top };
}

async function main(): Promise<void> {
  const shot = readCall();
  const binary = process.env['CHROMIUM'] ?? PLACES.find(existsSync);
  if (binary === undefined)
    fail('found no Chromium; install it (apt-get install chromium) or set CHROMIUM to its path');
  const profile = mkdtempSync(join(tmpdir(), 'screenshot-'));
  const browser = spawn(binary, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const { tab, close } = await connect(browser.stderr);
    writeFileSync(shot.file, await take(tab, shot));
    close();
    console.log(shot.file);
  } finally {
    const ended = new Promise((resolve) => browser.once('close', resolve));
    browser.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main();
