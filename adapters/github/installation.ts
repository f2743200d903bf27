import { z } from 'zod';
import { PortError } from '../../flows/ports.ts';
import type { Requester } from './api.ts';
import { portError, statusOf } from './errors.ts';

const Token = z.object({ token: z.string().min(1) });
const TOKEN = 'POST /app/installations/{installation_id}/access_tokens';

/** An Octokit that is signed in as an installation: it keeps a token for most of the token's hour. */
export interface InstallationOctokit extends Requester {
  auth(options: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface Installation extends Requester {
  /**
   * The token as it is now, for git.
   * @param refused the one that GitHub did not take (any more): another is asked for, once for all who were refused it
   * @throws PortError `forbidden`, `unavailable`, `rate_limited`
   */
  token(refused?: string): Promise<string>;
}

/**
 * GitHub may take a token back before its hour is over (a permission changed, the App was suspended for a while), and
 * Octokit would go on sending it. A request that was refused for it was not carried out: it is sent again with another.
 */
export function installation(octokit: InstallationOctokit, id: number): Installation {
  let renewed: Promise<string> | null = null;
  const ask = async (refresh: boolean): Promise<string | null> => {
    try {
      const answer = Token.safeParse(await octokit.auth({ type: 'installation', installationId: id, refresh }));
      return answer.success ? answer.data.token : null;
    } catch (error) {
      throw portError(error, TOKEN);
    }
  };
  const renew = (): Promise<string> => {
    renewed ??= ask(true)
      .then((token) => token ?? cutOff())
      .finally(() => {
        renewed = null;
      });
    return renewed;
  };
  const token = async (refused?: string): Promise<string> => {
    const held = await ask(false);
    // Of an answer that was cut off, Octokit keeps for an hour that there is no token in it.
    return held === null || held === refused ? renew() : held;
  };
  return {
    token,
    async request(route, parameters) {
      const used = await token();
      try {
        return await octokit.request(route, parameters);
      } catch (error) {
        if (statusOf(error) !== 401) throw error;
        await token(used);
        return await octokit.request(route, parameters).catch((again: unknown) => {
          if (statusOf(again) !== 401) throw again;
          // Who may not ask gets no token at all: one that was just given is not known everywhere yet.
          throw new PortError('unavailable', `${route}: GitHub refused a token that it had just given`, {
            cause: again,
          });
        });
      }
    },
  };
}

function cutOff(): never {
  throw new PortError('unavailable', `${TOKEN}: expected a token, got an answer without one; it is tried again`);
}
