import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const Pages = z.array(z.object({ type: z.string(), webSocketDebuggerUrl: z.string().optional() }));

/** One page of a browser, driven through the Chrome DevTools Protocol. */
export interface Tab {
  open(url: string): Promise<void>;
  evaluate(expression: string): Promise<unknown>;
  size(width: number, height: number): Promise<void>;
  darkMode(on: boolean): Promise<void>;
  /** Waits for the page's load and then `milliseconds` more. */
  settled(milliseconds: number): Promise<void>;
  /** @param part the whole page or one part of it, instead of the window */
  screenshot(part: 'window' | 'page' | Box): Promise<Buffer>;
}

/** A part of a page, in CSS pixels from its top left corner. */
export const Box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type Box = z.infer<typeof Box>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** The address that Chromium prints once it listens. @throws Error when it ends before. */
async function address(stderr: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stderr) {
    text += String(chunk);
    const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`Chromium ended before it listened:\n${text}`);
}

/** A call through one socket. Answers carry the id of their call; a load is waited for by its event. */
async function dial(url: string) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`could not connect to ${url}`)));
  });
  const waiting = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }
  >();
  const events = new Map<string, () => void>();
  socket.addEventListener('message', ({ data }) => {
    const message: Message = JSON.parse(String(data));
    if (message.method !== undefined) events.get(message.method)?.();
    const call = waiting.get(message.id ?? 0);
    if (call === undefined) return;
    waiting.delete(message.id ?? 0);
    if (message.error === undefined) call.resolve(message.result ?? {});
    else call.reject(new Error(message.error.message));
  });
  let last = 0;
  const call = (method: string, params: object = {}): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const once = (event: string): Promise<void> => new Promise((resolve) => events.set(event, resolve));
  return { call, once, close: () => socket.close() };
}

/** Connects to the browser whose standard error this is. */
export async function connect(stderr: Readable): Promise<{ tab: Tab; close(): void }> {
  const browser = new URL(await address(stderr));
  const pages = Pages.parse(await (await fetch(`http://${browser.host}/json`)).json());
  const page = pages.find(({ type }) => type === 'page');
  if (page?.webSocketDebuggerUrl === undefined) throw new Error('Chromium has no page open');
  const { call, once, close } = await dial(page.webSocketDebuggerUrl);
  await call('Page.enable');
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await call('Runtime.evaluate', { expression, returnByValue: true });
    return typeof result === 'object' && result !== null && 'value' in result ? result.value : undefined;
  };
  const tab: Tab = {
    evaluate,
    async open(url) {
      const loaded = once('Page.loadEventFired');
      await call('Page.navigate', { url });
      await loaded;
    },
    size: async (width, height) =>
      void (await call('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: width < 640,
      })),
    darkMode: async (on) =>
      void (await call('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: on ? 'dark' : 'light' }],
      })),
    async settled(milliseconds) {
      for (let tries = 0; tries < 50 && (await evaluate('document.readyState')) !== 'complete'; tries += 1)
        await delay(100);
      await delay(milliseconds);
    },
    async screenshot(part) {
      const { data } = await call('Page.captureScreenshot', {
        format: 'png',
        captureBeyondViewport: part !== 'window',
        ...(part === 'window' ? {} : { clip: { scale: 1, ...(part === 'page' ? await wholePage(call) : part) } }),
      });
      return Buffer.from(String(data), 'base64');
    },
  };
  return { tab, close };
}

async function wholePage(call: (method: string) => Promise<Record<string, unknown>>): Promise<Box> {
  const { cssContentSize } = await call('Page.getLayoutMetrics');
  return Box.parse(cssContentSize);
}
