import { engineContract } from '../../../contracts/engine.ts';
import { realCounterpart } from './real/counterpart.ts';

engineContract('kubernetes with two machines, on a real API server with Kubeflow Trainer', {}, () =>
  realCounterpart(2),
);
