import { takeExclusiveLock } from "../exclusive-lock.ts";

// A process of its own that takes the lock and keeps it until the test kills it.
const lock = takeExclusiveLock(process.argv[2] ?? "");
process.send?.(lock === undefined ? "refused" : "locked");
setInterval(() => {}, 60_000);
