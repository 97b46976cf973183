/** Networks in one word, for command lines: `lan0,latency=1ms,capture=lan0.pcap`. */
import type { NetworkDescription } from './network-description.js';
import { parseSpec } from './spec.js';

/**
 * Reads a network specification: first the name, then keys with values as in a description, of which
 * only the form has been checked.
 * @param source what it is called in errors: `--net 'lan0,latency=5'`
 * @throws DescriptionError
 */
export function parseNetworkSpec(spec: string, source = `--net '${spec}'`): NetworkDescription {
  const { name = '', ...rest } = parseSpec(spec, {
    first: 'name',
    what: 'the name of the network',
    example: 'lan0,latency=1ms',
    source,
  });
  return { name, ...rest };
}
