import { engineContract } from '../../../contracts/engine.ts';
import { realCounterpart } from './real/counterpart.ts';

engineContract('kubernetes, on a real API server', {}, () => realCounterpart(1));
