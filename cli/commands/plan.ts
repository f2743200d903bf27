import { gitSource, isInClone } from '../../adapters/git/source.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { terminalLine } from '../../core/reports/terminal.ts';
import { assess } from '../../flows/assessment.ts';
import { takePolicySnapshot, takeSnapshot } from '../../flows/snapshot.ts';
import { planView } from '../../flows/views.ts';
import { readArguments } from '../arguments.ts';
import { CliError, type RunCommand } from '../command.ts';

/** `trainyard plan`: what a pull request from these commits would validate, train and promote, before it is pushed. */
export const plan: RunCommand = async (args, environment) => {
  const { values } = readArguments(
    args,
    { base: { type: 'string' }, head: { type: 'string' }, json: { type: 'boolean' } },
    [],
  );
  const branch = values.base ?? 'main';
  if (!(await isInClone(environment.directory)))
    throw new CliError('not_configured', `${environment.directory} is in no git repository`);
  const source = gitSource(environment.directory, branch);
  const [policyCommit, headCommit] = [await source.branchHead(branch), await source.branchHead(values.head ?? 'HEAD')];
  if (policyCommit === null)
    throw new CliError('not_configured', `no branch ${branch} here; name the default branch with --base`);
  if (headCommit === null) throw new CliError('not_configured', `no commit ${values.head ?? 'HEAD'} here`);
  const policy = await takePolicySnapshot({ source }, policyCommit);
  const mergeBase = await takeSnapshot({ source }, await source.mergeBase(policyCommit, headCommit));
  const view = planView(assess(policy, mergeBase, await takeSnapshot({ source }, headCommit)));
  if (values.json === true) environment.out(JSON.stringify(view));
  else {
    if (view.models.length === 0 && view.problem === null)
      environment.out(`${branch} and ${values.head ?? 'HEAD'} declare no model: ${CONFIG_PATH} is not there, or empty`);
    if (view.problem !== null) environment.out(`✗ ${view.problem.split('\n').map(terminalLine).join('\n  ')}`);
    for (const model of view.models) {
      environment.out(`${model.affected ? '●' : '○'} ${model.model}${model.affected ? '' : ': not affected'}`);
      for (const change of model.changes) environment.out(`    ${terminalLine(change)}`);
    }
    for (const change of view.policyChanges)
      environment.out(terminalLine(`policy: ${change.key} from ${change.from} to ${change.to}`));
    for (const change of view.noticed ?? [])
      environment.out(terminalLine(`to look at: ${change.key} from ${change.from} to ${change.to}`));
    for (const dataset of view.datasets) environment.out(terminalLine(`data: ${dataset} is validated`));
  }
  return view.status === 'complete' ? 0 : 1;
};
