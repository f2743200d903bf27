import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createNodeMiddleware, Probot, ProbotOctokit } from 'probot';

/** The least that a Probot App can do: it reacts to a comment, or does nothing at all. Its settings come as JSON on standard input. */
let answer: Awaited<ReturnType<typeof createNodeMiddleware>> | null = null;
const server = createServer((request, response) => {
  if (answer === null) response.writeHead(503).end();
  else void answer(request, response);
});
server.listen(0, '127.0.0.1', () => {
  // A TCP server has an address of this shape once it listens.
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}/\n`);
});

interface Settings {
  readonly appId: number;
  readonly privateKey: string;
  readonly secret: string;
  readonly baseUrl?: string;
  readonly reacts: boolean;
}
const { reacts, ...settings }: Settings = JSON.parse(await text(process.stdin));
const probot = new Probot({
  ...settings,
  logLevel: 'fatal',
  Octokit: ProbotOctokit.defaults((options: { throttle?: object }) => ({
    ...options,
    throttle: { ...options.throttle, enabled: false },
    retry: { enabled: false },
  })),
});
answer = await createNodeMiddleware(
  (app) => {
    if (!reacts) return void app.onAny(() => {});
    app.on('issue_comment.created', async (context) => {
      await context.octokit.rest.reactions.createForIssueComment({
        ...context.repo(),
        comment_id: context.payload.comment.id,
        content: 'eyes',
      });
    });
  },
  { probot, webhooksPath: '/' },
);
process.once('SIGTERM', () => process.exit(0));
