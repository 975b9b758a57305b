import { silentLog } from "../../../log/log.ts";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";

// A process of its own that starts a database and never stops it: the test kills it.
const postgres = await startEmbeddedPostgres({
  dataDirectory: process.argv[2] ?? "",
  unprivilegedUser: "nobody",
  log: silentLog,
  durable: false,
});
process.send?.(postgres.pid);
