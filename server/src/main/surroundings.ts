import type { EnvironmentText } from "../platform/config/read-settings.ts";
import type { Envelope } from "../platform/crypto/envelope.ts";
import type { SecretOf } from "../platform/crypto/installation-secrets.ts";
import type { Database } from "../platform/database/database.ts";
import type { RateLimits } from "../platform/http/rate-limits.ts";
import type { Log } from "../platform/log/log.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Settings } from "./all-settings.ts";
import type { SecretPurpose } from "./secret-purposes.ts";

/** What the composition is made in. */
export interface Surroundings {
  settings: Settings;
  environment: EnvironmentText;
  database: Database;
  queue: Queue;
  rateLimits: RateLimits;
  /** Encrypts what is secret in the database. */
  envelope: Envelope;
  secretOf: SecretOf<SecretPurpose>;
  dataDir: string;
  /** Where people reach the server; known once it listens. */
  publicUrl: () => string;
  log: Log;
}
