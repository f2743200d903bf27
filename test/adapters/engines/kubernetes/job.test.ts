import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressSecret } from '../../../../adapters/engines/kubernetes/addresses.ts';
import { literal } from '../../../../adapters/engines/kubernetes/escape.ts';
import { jobManifest, submissionDigest } from '../../../../adapters/engines/kubernetes/job.ts';
import { networkPolicy } from '../../../../adapters/engines/kubernetes/network-policy.ts';
import { KubernetesOptions } from '../../../../adapters/engines/kubernetes/options.ts';
import { OPTIONS, submissionOf } from './submission.ts';

/** As the kubelet replaces references (k8s.io/kubernetes/third_party/forked/golang/expansion). */
function expand(text: string, known: Readonly<Record<string, string>>): string {
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '$' || at + 1 === text.length) {
      out += text[at];
      continue;
    }
    const end = text.indexOf(')', at);
    if (text[at + 1] === '$') {
      out += '$';
      at += 1;
    } else if (text[at + 1] === '(' && end !== -1) {
      const name = text.slice(at + 2, end);
      out += Object.hasOwn(known, name) ? known[name] : `$(${name})`;
      at = end;
    } else {
      out += '$';
    }
  }
  return out;
}

const podOf = (...args: Parameters<typeof submissionOf>) =>
  jobManifest(submissionOf(...args), OPTIONS).spec?.template.spec;
const trainOf = (...args: Parameters<typeof submissionOf>) => podOf(...args)?.containers[0];

describe('the manifest of a Job', () => {
  test('gives the command to the shell as it was written, whatever Kubernetes would replace in it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', '(', ')', 'HOME', ' ', 'x', '$(HOME)', '$$')).map((parts) => parts.join('')),
        (command) => {
          expect(expand(literal(command), { HOME: 'replaced' })).toBe(command);
        },
      ),
    );
    expect(expand(trainOf(1, { command: 'echo $(HOME) $$' })?.command?.at(-1) ?? '', { HOME: 'x' })).toBe(
      'echo $(HOME) $$',
    );
  });

  test('gives parameters as they are, too', () => {
    const value = trainOf(1, { params: { note: '$(TRAINYARD_SEED)' } })?.env?.find(
      ({ name }) => name === 'TRAINYARD_PARAM_NOTE',
    )?.value;
    expect(expand(value ?? '', { TRAINYARD_SEED: '7' })).toBe('$(TRAINYARD_SEED)');
  });

  test('shares nothing of the machine and gives no token of the cluster', () => {
    const pod = podOf(1);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostNetwork: false,
      hostPID: false,
      hostIPC: false,
      shareProcessNamespace: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const container of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        privileged: false,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(JSON.stringify(pod?.volumes)).not.toContain('hostPath');
  });

  test('shows the user’s container no address: neither mounted, nor in its environment or command', () => {
    const train = trainOf(1);
    expect(train?.volumeMounts?.map(({ name }) => name)).toEqual(['shared', 'memory']);
    expect(JSON.stringify(train)).not.toMatch(/signature|for-display-only|store\.example\.com/);
  });

  test('shows each container of ours its own addresses alone', () => {
    const pod = podOf(1);
    const items = pod?.volumes
      ?.filter(({ secret }) => secret !== undefined)
      .map(({ name, secret }) => [name, secret?.items]);
    expect(items).toEqual([
      ['addresses-inputs', [{ key: 'inputs.json', path: 'inputs.json' }]],
      ['addresses-collector', [{ key: 'collector.json', path: 'collector.json' }]],
    ]);
    const mounts = pod?.initContainers?.map(({ name, volumeMounts }) => [name, volumeMounts?.at(-1)?.name]);
    expect(mounts).toEqual([
      ['inputs', 'addresses-inputs'],
      ['collector', 'addresses-collector'],
    ]);
  });

  test('asks for GPUs by their type, with what keeps other work off those machines', () => {
    const pod = podOf(1, { resources: { gpus: 4, gpu: 'a100', cpus: 16, memory: 64 * 2 ** 30 } });
    const amounts = { cpu: '16', memory: String(64 * 2 ** 30), 'nvidia.com/gpu': '4' };
    expect(pod?.containers[0]?.resources).toEqual({ requests: amounts, limits: amounts });
    expect(pod?.nodeSelector).toEqual({ 'nvidia.com/gpu.product': 'A100' });
    expect(pod?.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists' }]);
  });

  test.each(['h100', 'constructor', '__proto__'])('refuses the GPU type %s, which policy does not know', (gpu) => {
    expect(() => podOf(1, { resources: { gpus: 1, gpu } })).toThrow(/a100/);
  });

  test('waits in a queue of Kueue where policy names one', () => {
    const job = jobManifest(submissionOf(1), { ...OPTIONS, queue: 'ml' });
    expect(job.metadata?.labels).toMatchObject({ 'kueue.x-k8s.io/queue-name': 'ml' });
    expect(job.spec?.suspend).toBe(true);
  });

  test('is never tried again by the cluster, and tells a machine that was taken away from a command that failed', () => {
    expect(jobManifest(submissionOf(1), OPTIONS).spec).toMatchObject({
      backoffLimit: 0,
      completions: 1,
      ttlSecondsAfterFinished: 86_400,
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget' }] },
          { action: 'FailJob', onExitCodes: { containerName: 'train', operator: 'NotIn', values: [0] } },
        ],
      },
    });
  });
});

test('fresh addresses leave a submission the same, another command does not', () => {
  const [first, second] = [submissionOf(1), submissionOf(1)];
  const renewed = {
    ...second,
    store: { ...second.store, output: { ...second.store.output, url: 'https://store.example.com/later' } },
  };
  expect(submissionDigest(renewed)).toBe(submissionDigest(first));
  expect(submissionDigest(submissionOf(1, { command: 'other' }))).not.toBe(submissionDigest(first));
});

test('a submission without an address for its inputs is refused', () => {
  const given = submissionOf(1);
  expect(() => addressSecret({ ...given, store: { ...given.store, inputs: null } }, 'ml', [])).toThrow(/policy\.store/);
});

describe('the network of a run', () => {
  test('never holds the addresses at which clouds hand out credentials', () => {
    const egress = networkPolicy('open', OPTIONS).spec?.egress?.[1]?.to;
    expect(egress?.map(({ ipBlock }) => ipBlock)).toEqual([
      { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] },
      { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'] },
    ]);
  });

  test('is what policy lists where it is locked', () => {
    const spec = networkPolicy('locked', { ...OPTIONS, egress: ['10.1.0.0/16'] }).spec;
    expect(spec?.egress?.[1]).toEqual({ to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] });
    expect(spec?.ingress).toEqual([]);
  });

  test('is refused where it is locked and policy lists nothing, since an empty list would mean everything', () => {
    expect(() => networkPolicy('locked', OPTIONS)).toThrow(/egress is empty/);
  });

  test('holds for exactly the pods that are labelled with it', () => {
    const policy = networkPolicy('open', OPTIONS);
    const labels = jobManifest(submissionOf(1), OPTIONS).spec?.template.metadata?.labels;
    expect(labels).toMatchObject(policy.spec?.podSelector?.matchLabels ?? { none: '' });
  });

  test('has another name where it holds otherwise', () => {
    expect(networkPolicy('open', { ...OPTIONS, blocked: ['10.0.0.0/8'] }).metadata?.name).not.toBe(
      networkPolicy('open', OPTIONS).metadata?.name,
    );
  });
});

describe('options refuse', () => {
  test.each([
    ['an egress that holds the metadata address', { egress: ['169.254.0.0/16'] }],
    ['an egress that is everything', { egress: ['0.0.0.0/0'] }],
    ['an egress that holds it within a larger network', { egress: ['160.0.0.0/4'] }],
    ['an egress that holds AWS’s in IPv6', { egress: ['fd00:ec2::/32'] }],
    ['a namespace that is a path', { namespace: '../kube-system' }],
    ['an image with a space', { image: 'a b' }],
    ['root', { user: 0 }],
    ['a variable of the contract', { environment: { TRAINYARD_SEED: '1' } }],
    ['a key that there is not', { privileged: true }],
  ])('%s', (_, change) => {
    const given = { namespace: 'ml', image: 'python:3.12', agent: 'trainyard:1' };
    expect(KubernetesOptions.safeParse(given).success).toBe(true);
    expect(KubernetesOptions.safeParse({ ...given, ...change }).success).toBe(false);
  });
});
