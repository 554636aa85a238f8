import { strict as assert } from 'node:assert';
import { createAuthority } from '../../test/helpers/certificates.ts';
import { type Fault, sized } from '../stage/fault.ts';
import type { Misconduct } from '../stage/misconduct.ts';
import { onStage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

/** A connection of each kind for an agent of its own; the next one is good. */
const PEERS: Readonly<Record<string, Misconduct>> = {
  CA_closes: { kind: 'read', bytes: 0, ending: 'close' },
  CA_resets: { kind: 'read', bytes: 0, ending: 'reset' },
  CA_stops: { kind: 'read', bytes: 0, ending: 'nothing' },
  CA_half: { kind: 'read', bytes: 30_000, ending: 'reset' },
};

const peers: Fault = {
  group: 'services',
  name: 'syslog peer that closes, resets, stops reading, reads half',
  note: 'Duplicates: what the peer had read of a connection before it broke off, which is sent again as a whole. A peer that stops reading while the network still takes our bytes says nothing for 3 s: its connection counts as delivered and as `Unconfirmed`, and what it held is lost here (among the announced). A peer that ends in good order is believed, whatever it did with what it had read: TCP can tell no more.',
  run: async (scale) => {
    const authority = await createAuthority();
    return onStage({ destinations: ['syslog'] }, async (stage) => {
      const receiver = stage.account('syslog');
      const tls = await authority.issue();
      const fronts = await Promise.all(
        Object.entries(PEERS).map(async ([agentId, misconduct]) => {
          const front = await stage.front(receiver);
          front.conduct({ tls, misconduct, times: 1 });
          stage.store(agentId, 'syslog', front.settings(receiver, { ca: authority.cert }));
          return { agentId, front };
        }),
      );
      // More than what the buffers on the way hold.
      const count = sized(scale, 20_000, 60_000);
      await Promise.all(fronts.map(({ agentId }) => writes(stage, count, { agentId, workerId: agentId })));
      await stage.settled();
      for (const { agentId, front } of fronts) assert.equal(front.met(), 1, `${agentId}: was met`);
      stage.unconfirmed(stage.drain('syslog').metrics.metric('Unconfirmed').sum);
    });
  },
};

export const SYSLOG_FAULTS: readonly Fault[] = [peers];
