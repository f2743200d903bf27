import { mergedDataOrders } from '../../flows/merged-data.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

export async function mergedData({ branch, before, after }: Inputs, { ports }: FlowJob): Promise<Outputs> {
  const push = { branch, before, after };
  return { orders: [...(await ports.steps.run('orders', () => mergedDataOrders(ports, push)))] };
}
