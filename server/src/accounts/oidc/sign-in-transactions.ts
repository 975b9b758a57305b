import { z } from "zod";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { browserTokenMinutes, hashOf } from "./browser-cookie.ts";
import type { SignInBinding } from "./oidc-client.ts";
import { tooManyOpenSignIns } from "./oidc.errors.ts";
import type { SignInTransactionsStore } from "./sign-in-transactions.store.ts";

export interface SignInRequest {
  mode: "popup" | "redirect";
  returnTo: string;
}

interface OpenTransaction extends SignInRequest {
  binding: SignInBinding;
  redirectUri: string;
}

/** Sign-ins between leaving for the provider and coming back: single use, ten minutes, and bound to one browser. */
export interface SignInTransactions {
  begin(transaction: OpenTransaction & { browserToken: string; network: string }): Promise<void>;
  /** Uses the transaction up; undefined when none of this state and this browser is open. */
  take(presented: { state: string; browserToken: string }): Promise<OpenTransaction | undefined>;
  deleteEnded(): Promise<void>;
}

interface TransactionsDependencies {
  database: Database;
  store: SignInTransactionsStore;
  envelope: Pick<Envelope, "encrypt" | "decrypt">;
  clock: Clock;
  limits?: { perNetwork: number; inAll: number };
}

const defaultLimits = { perNetwork: 100, inAll: 20_000 };

const Secrets = z.strictObject({ nonce: z.string(), codeVerifier: z.string() });

const placeOf = (id: string) => ({ table: "oidc_transactions", row: id, column: "secrets" });

export function createSignInTransactions(dependencies: TransactionsDependencies): SignInTransactions {
  const { database, store, envelope, clock, limits = defaultLimits } = dependencies;
  return {
    async begin({ binding: { state, ...secrets }, browserToken, ...transaction }) {
      const createdAt = clock.now();
      await store.deleteEnded(database, createdAt);
      if (await store.areMoreThan(database, limits.inAll)) throw tooManyOpenSignIns();
      const id = newId("oidcTransaction");
      await store.insert(database, {
        ...transaction,
        id,
        stateHash: hashOf(state),
        browserHash: hashOf(browserToken),
        secrets: envelope.encrypt(Buffer.from(JSON.stringify(Secrets.parse(secrets))), placeOf(id)),
        createdAt,
        expiresAt: new Date(createdAt.getTime() + browserTokenMinutes * 60_000),
      });
      // The oldest go, rather than that somebody behind the same address could keep everybody out.
      await store.dropBeyond(database, { network: transaction.network, keep: limits.perNetwork });
    },

    async take({ state, browserToken }) {
      const presented = { stateHash: hashOf(state), browserHash: hashOf(browserToken), at: clock.now() };
      const row = await store.take(database, presented);
      if (row === undefined) return undefined;
      const secrets = Secrets.parse(JSON.parse(Buffer.from(envelope.decrypt(row.secrets, placeOf(row.id))).toString()));
      return {
        mode: row.mode,
        returnTo: row.return_to,
        redirectUri: row.redirect_uri,
        binding: { state, ...secrets },
      };
    },

    async deleteEnded() {
      await store.deleteEnded(database, clock.now());
    },
  };
}
