import { createNames } from '../../shared/names/names.ts';
import type { Answer } from '../../shared/names/servers.ts';
import type { Process } from '../time/process.ts';
import type { World } from './world.ts';

const DOMAIN = '.example';
/** How long the server of a failing name may think, ms. */
const THINKING_MS = 4_000;

/** False: the agent's service has a name that nobody resolves now. */
export type FindService = (agent: string) => Promise<boolean>;

/** How a container finds services: the product's own way, with name servers that do what the agents' troubles say. */
export function createFindService(world: World, process: Process, container: number): FindService {
  const { conditions, random: worlds } = world;
  const random = worlds.fork(`names ${container}`);
  const wayMs = (): number => random.between(0.5, 5);

  async function ask(name: string): Promise<readonly Answer[]> {
    const agent = name.slice(0, -DOMAIN.length).toUpperCase();
    const failing = await process.call({ thereMs: wayMs(), backMs: 0 }, () => {
      conditions.meet(agent, container);
      if (conditions.of(agent, 'name-silent') !== undefined) return 'silent';
      return conditions.of(agent, 'name-failing');
    });
    if (failing === 'silent') return new Promise(() => undefined);
    if (failing !== undefined) await process.clock.sleep(failing.degree * THINKING_MS);
    await process.call({ thereMs: 0, backMs: wayMs() }, () => undefined);
    if (failing !== undefined)
      throw Object.assign(new Error('the name server failed'), { code: 'ESERVFAIL' });
    return [{ address: '192.0.2.1', ttl: 60 }];
  }

  const find = createNames({ ask, readFiles: () => ({ hosts: '', resolvConf: '' }), clock: process.clock });
  return async (agent) => {
    try {
      return (await find(`${agent}${DOMAIN}`)).length > 0;
    } catch {
      return false;
    }
  };
}
