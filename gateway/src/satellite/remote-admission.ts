import { LRUCache } from "lru-cache";
import { missingApiKey } from "../errors.ts";
import type { Admission, GatewayCaller } from "../ports.ts";
import { headersOf, type PlatformClient, refusalError } from "./platform-client.ts";

/** The credential by which a caller was admitted; the platform looks at it again when the request is reserved. */
export interface Presented {
  credential: string;
  origin?: string;
}

export interface RemoteAdmission extends Admission {
  presentedBy(caller: GatewayCaller): Presented;
}

/** Long enough to spare most calls a round trip, and short enough for a revoked credential. */
const knownMs = 15_000;
const maxKnown = 10_000;

/**
 * Proves credentials by asking the platform, and remembers who it was for a quarter of a minute. A revoked credential is
 * refused at once nevertheless, when the request is reserved.
 */
export const createRemoteAdmission = (platform: Pick<PlatformClient, "authenticate">): RemoteAdmission => {
  const known = new LRUCache<string, GatewayCaller>({ max: maxKnown, ttl: knownMs });
  const presented = new WeakMap<GatewayCaller, Presented>();
  return {
    async authenticate({ bearer, apiKey, origin }) {
      const credential = apiKey ?? bearer;
      if (credential === undefined) throw missingApiKey();
      const key = `${origin ?? ""} ${credential}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const asked: Presented = { credential, ...(origin === undefined ? {} : { origin }) };
      const { caller, refusal } = await platform.authenticate(asked);
      if (refusal !== null) throw refusalError(refusal);
      if (caller === null) throw new Error("the platform answered neither with a caller nor with a refusal");
      const admitted: GatewayCaller = {
        accountId: caller.account,
        keyId: null,
        scopes: new Set(caller.scopes),
        tier: "",
        bounds: {
          allowedModels: caller.allowed_models,
          locked: caller.locked,
          // Which budgets there are is the platform's own affair; that there is one is known by its limit.
          spend: caller.is_spend_bound
            ? [{ subject: "platform", period: "total", limitNanoUsd: 0, maxRequests: null }]
            : [],
          tier: null,
        },
        headers: headersOf(caller.headers),
      };
      presented.set(admitted, asked);
      known.set(key, admitted);
      return admitted;
    },
    presentedBy(caller) {
      const asked = presented.get(caller);
      if (asked === undefined) throw new Error("this caller was not admitted here");
      return asked;
    },
  };
};
