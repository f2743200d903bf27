import type {
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicySpec,
  V1OwnerReference,
} from '@kubernetes/client-node';
import { digestOf } from '../../../core/canonical.ts';
import type { TrainOrder } from '../../../core/training/request.ts';
import { PortError, type Submission } from '../../../flows/ports.ts';
import { LABEL } from './names.ts';
import { type KubernetesOptions, METADATA } from './options.ts';

type Network = TrainOrder['network'];
type Egress = Pick<KubernetesOptions, 'egress' | 'blocked'>;

/**
 * Named by its content: what is there under the name is what is meant, whoever made it, and pods of older policy keep
 * theirs. @throws PortError `malformed` where `network: locked` has nowhere to go
 */
export function networkPolicy(network: Network, options: KubernetesOptions): V1NetworkPolicy {
  const name = egressName(network, options);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: options.namespace, labels: { [LABEL.managedBy]: 'trainyard' } },
    spec: { podSelector: { matchLabels: { [LABEL.egress]: name } }, ...rules(network, options) },
  };
}

/**
 * Lets the machines of one execution, and nobody else, speak to each other; it goes with the TrainJob. Where it is not
 * there yet they wait for each other a little longer.
 */
export function peersPolicy({ execution }: Submission, namespace: string, ownerReferences: V1OwnerReference[]) {
  const matchLabels = { [LABEL.execution]: execution };
  const peers = [{ podSelector: { matchLabels } }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: `${execution}-peers`,
      namespace,
      labels: { [LABEL.managedBy]: 'trainyard', ...matchLabels },
      ownerReferences,
    },
    spec: {
      podSelector: { matchLabels },
      policyTypes: ['Ingress', 'Egress'],
      // The client library calls this `_from`, which is none of the API's.
      ingress: [{ from: peers }],
      egress: [{ to: peers }],
    },
  };
}

export function egressName(network: Network, options: Egress): string {
  return `trainyard-${network}-${digestOf(rules(network, options)).slice(0, 12)}`;
}

/** Nothing comes in; out go names, and then either nearly everything or only what policy lists. */
function rules(network: Network, options: Egress): Pick<V1NetworkPolicySpec, 'policyTypes' | 'ingress' | 'egress'> {
  const names = {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
    // NodeLocal DNSCache listens at a link-local address of the machine.
    to: [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
      { ipBlock: { cidr: '169.254.20.10/32' } },
    ],
  };
  return {
    policyTypes: ['Ingress', 'Egress'],
    ingress: [],
    egress: [names, { to: network === 'open' ? world(options.blocked) : listed(options.egress) }],
  };
}

function world(blocked: readonly string[]): V1NetworkPolicyPeer[] {
  const isV6 = (cidr: string): boolean => cidr.includes(':');
  return [
    { ipBlock: { cidr: '0.0.0.0/0', except: [...METADATA.v4, ...blocked.filter((cidr) => !isV6(cidr))] } },
    { ipBlock: { cidr: '::/0', except: [...METADATA.v6, ...blocked.filter(isV6)] } },
  ];
}

function listed(egress: readonly string[]): V1NetworkPolicyPeer[] {
  if (egress.length > 0) return egress.map((cidr) => ({ ipBlock: { cidr } }));
  // An empty `to` would mean everywhere.
  throw new PortError(
    'malformed',
    'policy.network is locked and policy.engine_options.kubernetes.egress is empty: list there the networks of the store and of the package index, without which no run can have its inputs',
  );
}
