import { engineContract } from '../../../contracts/engine.ts';
import { RAY_LACKS, rayCounterpart } from './counterpart.ts';

engineContract('ray', RAY_LACKS, rayCounterpart);
