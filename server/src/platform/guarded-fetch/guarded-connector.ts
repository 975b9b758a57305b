import { lookup as lookUpByName } from "node:dns/promises";
import type { LookupAddress, LookupOptions } from "node:dns";
import { isIP } from "node:net";
import { callbackify } from "node:util";
import { buildConnector } from "undici";
import { GuardedFetchError } from "./guarded-fetch.errors.ts";

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: ResolveName = (hostname) => lookUpByName(hostname, { all: true });

const forbidden = (): GuardedFetchError => new GuardedFetchError("its host is not on the public internet");

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * Connects to allowed addresses only. It looks three times: at an address that stands in place of a name, which no
 * resolver is asked for; at what a name resolves to, in the very answer that the connection is made with, so that a name
 * which changes its answer gains nothing; and at the address that the connection has in the end.
 */
export const guardedConnector = (args: {
  resolve: ResolveName;
  isAllowed: (address: string) => boolean;
  /** `host:port` of hosts that may be anywhere. */
  insideHosts: ReadonlySet<string>;
  timeoutMs: number;
}): buildConnector.connector => {
  const { resolve, isAllowed, insideHosts, timeoutMs } = args;
  const addressesOf = async (hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const [first, ...others] = await resolve(hostname).catch((cause: unknown) => {
      throw new GuardedFetchError("its host has no address", { fault: "unreachable", cause });
    });
    if (first === undefined) throw new GuardedFetchError("its host has no address", { fault: "unreachable" });
    // One forbidden address among several is one too many: which of them is taken is not ours to say.
    if (![first, ...others].every(({ address }) => isAllowed(address))) throw forbidden();
    return [first, ...others];
  };
  const lookUp = callbackify(addressesOf);
  const lookup = (hostname: string, { all }: LookupOptions, callback: LookupCallback): void =>
    lookUp(hostname, (error, addresses) => {
      if (error !== null) callback(error, "");
      else if (all === true) callback(null, addresses);
      else callback(null, addresses[0].address, addresses[0].family);
    });
  const connect = buildConnector({ timeout: timeoutMs, lookup });
  const connectAnywhere = buildConnector({ timeout: timeoutMs });
  return (options, callback) => {
    if (insideHosts.has(`${options.hostname}:${options.port}`)) {
      connectAnywhere(options, callback);
      return;
    }
    if (isIP(options.hostname) !== 0 && !isAllowed(options.hostname)) {
      callback(forbidden(), null);
      return;
    }
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error !== null || isAllowed(socket.remoteAddress ?? "")) {
        callback(...result);
        return;
      }
      socket.destroy();
      callback(forbidden(), null);
    });
  };
};
