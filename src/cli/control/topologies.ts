/** What is in all machines that run now. */
import { ControlClient } from '../../host/control/control-client.js';
import type { About } from '../../host/control/control-protocol.js';
import type { Topology } from '../../machine/control/topology.js';

export interface RunningMachine {
  readonly machine: About;
  readonly topology: Topology;
}

/** Those of this user, and for root of everybody; one that ends while it is asked is not among them. */
export async function topologies(): Promise<RunningMachine[]> {
  const all = await ControlClient.connectAll();
  try {
    const asked = all.map(async (client) => ({
      machine: client.about,
      topology: (await client.request('topology')) as Topology,
    }));
    const settled = await Promise.allSettled(asked);
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  } finally {
    for (const client of all) client.close();
  }
}
