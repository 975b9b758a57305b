import { StartupError } from "../platform/config/startup-error.ts";
import { DecryptionError, type Envelope } from "../platform/crypto/envelope.ts";
import { deriveKey } from "../platform/crypto/hkdf.ts";
import { loadInstallationSecrets, type SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database } from "../platform/database/database.ts";
import { systemClock } from "../platform/time/clock.ts";
import { type SecretPurpose, secretPurposes } from "./secret-purposes.ts";

interface OpenSecrets {
  database: Database;
  envelope: Envelope;
  masterKey: Uint8Array;
}

/** The installation's secrets. A master key that does not fit the database is a fault that the person can mend. */
export async function openSecrets({ database, envelope, masterKey }: OpenSecrets): Promise<SecretOf<SecretPurpose>> {
  try {
    return await loadInstallationSecrets({
      database,
      envelope,
      purposes: secretPurposes,
      formerly: (purpose) => deriveKey(masterKey, purpose),
      clock: systemClock,
    });
  } catch (cause) {
    if (!(cause instanceof DecryptionError)) throw cause;
    throw new StartupError({
      message: "The secrets of this database were encrypted under another master key.",
      remedy: "Set SECRET_KEY to the key that was used before (or put its file back into the data directory).",
      cause,
    });
  }
}
