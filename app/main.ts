import { handleEvent } from '../flows/handle.ts';
import { runApp } from './run.ts';

await runApp(handleEvent);
