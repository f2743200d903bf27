import { placesIn } from '../pod.ts';
import { collect } from './collector.ts';
import { bringInputs } from './inputs.ts';
import type { ContainerPlace } from './place.ts';

/** What the containers of ours in a pod run: `inputs` before the command, `collector` beside it. */
const place: ContainerPlace = {
  places: placesIn(process.env['TRAINYARD_BASE'] ?? '/trainyard-run'),
  scratch: process.env['TRAINYARD_SCRATCH'] ?? '/scratch',
  addresses: process.env['TRAINYARD_ADDRESSES'] ?? '/trainyard-addresses/addresses.json',
  lastWords: process.env['TRAINYARD_LAST_WORDS'] ?? '/dev/termination-log',
  isFirst: (process.env['TRAINYARD_NODE'] ?? '0') === '0',
  // As JSON: names of files in it come from a pull request.
  note: (text) => console.log(JSON.stringify({ note: text })),
};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

switch (process.argv[2]) {
  case 'inputs':
    process.exitCode = await bringInputs(place);
    break;
  case 'collector':
    process.exitCode = await collect(place, {
      request: fetch,
      intervalMs: 1000,
      checkpointEvery: 15,
      stop: stop.signal,
    });
    break;
  default:
    console.error('expected inputs or collector');
    process.exitCode = 2;
}
