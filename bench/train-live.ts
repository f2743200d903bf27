import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { followMetrics, METRICS_INTERVAL_MS } from '../actions/train/metrics-tail.ts';
import { postTo } from '../adapters/live-metrics/ingest.ts';

export interface Live {
  /** Metrics that arrived. */
  readonly metrics: number;
  readonly requests: number;
  /** Seconds from when training wrote a metric to when it arrived, the longest of all. */
  readonly longest: number;
}

/** A command that writes ten metrics a second, followed as in a job, with an App that only notes when each arrives. */
export async function live(directory: string, seconds: number): Promise<Live> {
  const delays: number[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    let text = '';
    for await (const piece of request) text += piece;
    // The value of each is when it was written.
    for (const line of text.trim().split('\n')) delays.push(Date.now() - Number(JSON.parse(line).value));
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const file = join(directory, 'live.jsonl');
  const post = postTo(`http://127.0.0.1:${port}/ingest`, 'token', fetch);
  const tail = followMetrics({ file, tree: directory, post, intervalMs: METRICS_INTERVAL_MS });
  const script = `for s in $(seq ${seconds * 10}); do printf '{"step":%d,"metric":"at","value":%s}\\n' "$s" "$(date +%s%3N)" >>"$1"; sleep 0.1; done`;
  const child = spawn('bash', ['-c', script, 'live', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  const { posted } = await tail.stop();
  await posted;
  await new Promise((resolve) => server.close(resolve));
  return { metrics: delays.length, requests, longest: Math.max(...delays) / 1000 };
}
