import type { SettingsOf } from "../platform/config/setting.ts";
import type { Envelope } from "../platform/crypto/envelope.ts";
import type { SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";
import { createKeyRingSource } from "./access-tokens/key-ring.ts";
import { type SigningKeyView, viewOf } from "./access-tokens/signing-keys.ts";
import { signingKeysStore } from "./access-tokens/signing-keys.store.ts";
import type { accountsSettings } from "./accounts.config.ts";
import { auditStore } from "./audit/audit.store.ts";
import { type AuditTrail, createAuditTrail } from "./audit/audit-trail.ts";
import { type AuditVerifier, createAuditVerifier } from "./audit/audit-verifier.ts";
import { createHeadFile } from "./audit/head-anchors.ts";
import { firstAdminStore } from "./first-admin/first-admin.store.ts";
import { setupTokenOf } from "./first-admin/setup-token.ts";

interface AccountCommandsDependencies {
  database: Database;
  dataDir: string;
  envelope: Envelope;
  secretOf: SecretOf<"accounts/setup-token">;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof accountsSettings>;
}

/** What the operator of the server does from a terminal, beside a server that runs or without one. */
export interface AccountCommands {
  audit: AuditTrail;
  rotateSigningKeys: () => Promise<SigningKeyView[]>;
  verifyAudit: AuditVerifier;
  /** Undefined when the installation has had its first administrator. */
  openSetupToken: () => Promise<string | undefined>;
}

export function createAccountCommands(dependencies: AccountCommandsDependencies): AccountCommands {
  const { database, dataDir, envelope, secretOf, clock, config } = dependencies;
  const audit = createAuditTrail({ database, store: auditStore, clock });
  const keys = createKeyRingSource({ ...config, database, store: signingKeysStore, envelope, audit, clock });
  return {
    audit,
    async rotateSigningKeys() {
      // Makes the first keys where no server has run yet, and follows a changed algorithm.
      await keys.load();
      return (await keys.rotate()).map(viewOf);
    },
    verifyAudit: createAuditVerifier({ database, store: auditStore, anchors: createHeadFile(dataDir) }),
    async openSetupToken() {
      const setup = await firstAdminStore.find(database);
      return setup?.is_open === true ? setupTokenOf(setup.id, secretOf("accounts/setup-token")) : undefined;
    },
  };
}
