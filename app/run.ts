import type { FlowEvent } from '../flows/events.ts';
import type { Outcome } from '../flows/outcome.ts';
import { PortError, type Ports } from '../flows/ports.ts';
import { type App, createApp, WEBHOOK_PATH } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { AppError } from './error.ts';
import { jsonLog } from './log.ts';
import { useProxy } from './proxy.ts';
import { redactor } from './redaction/redactor.ts';
import { secretsOf } from './redaction/secrets.ts';

/**
 * Runs the App until SIGTERM or SIGINT, which drain it: no more deliveries are taken, what runs is finished. When it is
 * ready it prints one line of JSON with its address on standard output. What can't start says why in one line each.
 */
export async function runApp(handle: (event: FlowEvent, ports: Ports) => Promise<Outcome>): Promise<void> {
  // Before the settings are read, nothing but the shapes of secrets is known.
  let redact = redactor([]);
  const log = jsonLog(
    (line) => process.stderr.write(line),
    () => new Date(),
    { ...redact, value: (value) => redact.value(value) },
  );
  // Node would print what was thrown, with all that hangs on it.
  const defect = (error: unknown): never => {
    log.error('a defect: this was caught nowhere; ending', { error });
    process.exit(1);
  };
  process.on('uncaughtException', defect);
  const lost = (why: string): never => {
    log.error(`${why}; ending`);
    process.exit(1);
  };
  let app: App;
  try {
    const config = readConfig(process.env);
    redact = redactor(secretsOf(config));
    if (config.proxy !== null) useProxy(config.proxy);
    app = await createApp({ config, handle, log, lost });
  } catch (error) {
    const said = error instanceof ConfigError || error instanceof AppError || error instanceof PortError;
    if (!said) return defect(error);
    process.stderr.write(`${redact.text(error.message)}\n`);
    process.exit(2);
  }
  const { url, metrics } = app;
  process.stdout.write(`${JSON.stringify({ url, webhooks: url + WEBHOOK_PATH, metrics })}\n`);
  // The first signal drains; a second one is somebody who can't wait.
  const close = (signal: string): void => {
    log.info('closing', { signal });
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('closing failed', { error: String(error) });
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
}
