import type { Annotation, JobReporter } from './host.ts';
import { type LogCommand, parseLogCommand } from './log-commands.ts';
import type { Masks } from './masks.ts';

/** GitHub keeps this many annotations of each level for a step, and this many for a job. */
const MAX_PER_STEP = 10;
const MAX_PER_JOB = 50;
/** A job's log is cut here: its producer may be hostile. */
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/** The log of one job: masks, counts, and gives lines to the reporter. */
export class JobLog {
  readonly #reporter: JobReporter;
  readonly masks: Masks;
  #bytes = 0;
  #annotations = 0;

  constructor(reporter: JobReporter, masks: Masks) {
    this.#reporter = reporter;
    this.masks = masks;
  }

  line(text: string): void {
    if (this.#bytes > MAX_LOG_BYTES) return;
    for (const line of this.masks.apply(text).split(/\r?\n/)) {
      this.#bytes += Buffer.byteLength(line) + 1;
      this.#reporter.log(line);
    }
    if (this.#bytes > MAX_LOG_BYTES) this.#reporter.log('##[error]The log was cut: it is larger than 64 MiB.');
  }

  annotate(annotation: Annotation): void {
    if (this.#annotations >= MAX_PER_JOB) return;
    this.#annotations += 1;
    const title = annotation.title === undefined ? {} : { title: this.masks.apply(annotation.title) };
    this.#reporter.annotate({ ...annotation, ...title, message: this.masks.apply(annotation.message) });
  }

  error(message: string): void {
    this.line(`##[error]${message}`);
    this.annotate({ level: 'failure', message });
  }
}

/** What one step prints: workflow commands are carried out, all else is logged. */
export class StepOutput {
  readonly #log: JobLog;
  readonly #debug: boolean;
  readonly #counts = new Map<Annotation['level'], number>();
  #resumeToken: string | undefined;

  constructor(log: JobLog, debug: boolean) {
    this.#log = log;
    this.#debug = debug;
  }

  line(text: string): void {
    const command = parseLogCommand(text);
    if (this.#resumeToken !== undefined) {
      if (command?.name === this.#resumeToken) this.#resumeToken = undefined;
      this.#log.line(text);
      return;
    }
    if (command === undefined || !this.#carryOut(command)) this.#log.line(text);
  }

  /** @returns whether it was a known command. */
  #carryOut(command: LogCommand): boolean {
    switch (command.name) {
      case 'error':
      case 'warning':
      case 'notice':
        this.#annotate(command.name, command);
        return true;
      case 'debug':
        if (this.#debug) this.#log.line(`##[debug]${command.message}`);
        return true;
      case 'group':
        this.#log.line(`##[group]${command.message}`);
        return true;
      case 'endgroup':
        this.#log.line('##[endgroup]');
        return true;
      case 'add-mask':
        this.#log.masks.add(command.message);
        return true;
      case 'stop-commands':
        this.#resumeToken = command.message.trim().toLowerCase();
        return true;
      case 'echo':
      case 'add-matcher':
      case 'remove-matcher':
        return true;
      case 'set-output':
      case 'save-state':
      case 'set-env':
      case 'add-path':
        this.#log.error(`The \`${command.name}\` command is disabled. Use the environment file for it instead.`);
        return true;
      default:
        return false;
    }
  }

  #annotate(name: 'error' | 'warning' | 'notice', command: LogCommand): void {
    this.#log.line(`##[${name}]${command.message}`);
    const level = name === 'error' ? 'failure' : name;
    const count = (this.#counts.get(level) ?? 0) + 1;
    this.#counts.set(level, count);
    if (count <= MAX_PER_STEP)
      this.#log.annotate({ level, message: command.message, ...locationOf(command.properties) });
  }
}

function locationOf(properties: LogCommand['properties']): Partial<Annotation> {
  const { file, title } = properties;
  const startLine = positive(properties['line']);
  const endLine = positive(properties['endline'] ?? properties['endLine']);
  const startColumn = positive(properties['col']);
  const endColumn = positive(properties['endcolumn'] ?? properties['endColumn']);
  return {
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { path: file }),
    ...(startLine === undefined ? {} : { startLine }),
    ...(endLine === undefined ? {} : { endLine }),
    ...(startColumn === undefined ? {} : { startColumn }),
    ...(endColumn === undefined ? {} : { endColumn }),
  };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
