import { StartupError } from "../platform/config/startup-error.ts";
import { createEnvelope, DecryptionError, type Envelope } from "../platform/crypto/envelope.ts";
import { deriveKey } from "../platform/crypto/hkdf.ts";
import { loadInstallationSecrets, type SecretOf } from "../platform/crypto/installation-secrets.ts";
import { requireReadable } from "../platform/crypto/rewrap.ts";
import type { Database } from "../platform/database/database.ts";
import { systemClock } from "../platform/time/clock.ts";
import { encryptedColumns } from "./encrypted-columns.ts";
import type { LoadedMasterKeys } from "./master-key.ts";
import { type SecretPurpose, secretPurposes } from "./secret-purposes.ts";

export interface Secrets {
  envelope: Envelope;
  secretOf: SecretOf<SecretPurpose>;
}

/** The envelope and the installation's secrets. A master key that does not fit the database is the person's to mend. */
export async function openSecrets(database: Database, { keys, oldest }: LoadedMasterKeys): Promise<Secrets> {
  const envelope = createEnvelope(keys);
  try {
    await requireReadable({ database, envelope, columns: encryptedColumns });
    const secretOf = await loadInstallationSecrets({
      database,
      envelope,
      purposes: secretPurposes,
      formerly: (purpose) => deriveKey(oldest, purpose),
      clock: systemClock,
    });
    return { envelope, secretOf };
  } catch (cause) {
    if (!(cause instanceof DecryptionError)) throw cause;
    throw new StartupError({
      message: `The master key does not fit this database. ${cause.message}`,
      remedy:
        "Set SECRET_KEY to the key that was used before (or put its file back into the data directory); after a change of the key, name the one before in SECRET_KEY_PREVIOUS.",
      cause,
    });
  }
}
