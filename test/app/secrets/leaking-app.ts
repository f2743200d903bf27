import { runApp } from '../../../app/run.ts';
import { FlowError } from '../../../flows/error.ts';
import { PortError } from '../../../flows/ports.ts';

/** An App whose flows put every secret of its environment into every error that they can make. Run as a process of its own. */
const secrets = (process.env['PLANTED'] ?? '').split(',').map((name) => process.env[name] ?? '');
const all = secrets.join(' and ');

/** As a library would throw it, with the request that it had sent. */
function libraryError(): Error {
  const request = { headers: { authorization: `token ${secrets[0]}` }, url: `https://x:${secrets[1]}@example.com/` };
  return Object.assign(new Error(`refused: ${all}`, { cause: new Error(all) }), { request, status: 500, all: secrets });
}

const FAILURES = [
  () => libraryError(),
  () => new PortError('gone', `GitHub said: ${all}`, { cause: libraryError() }),
  () => new FlowError('not_possible', `no: ${Buffer.from(all).toString('base64')}`, { cause: libraryError() }),
  () => new AggregateError([libraryError()], encodeURIComponent(all)),
];

await runApp(async (event, { steps }) => {
  if (event.kind !== 'comment') return { code: 'ignored', message: 'no comment' };
  const failure = FAILURES[event.id % FAILURES.length] ?? libraryError;
  if (event.id === 100) setTimeout(() => void Promise.reject(libraryError()), 10);
  // In a step, where the engine keeps it, and caught; then out of the flow.
  await steps.run(`show ${event.id}`, async () => Promise.reject(failure())).catch(() => {});
  throw failure();
});
