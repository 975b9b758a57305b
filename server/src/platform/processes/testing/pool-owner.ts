import { join } from "node:path";
import { z } from "zod";
import { silentLog } from "../../log/log.ts";
import { createChildPool } from "../child-pool.ts";
import type { Work } from "./pooled-work.ts";

// A process of its own, which a test kills while its child hangs.
const pool = createChildPool<Work, unknown, string>({
  modulePath: join(import.meta.dirname, "pooled-work.ts"),
  size: 1,
  result: z.unknown(),
  event: z.string(),
  limits: {
    wallMs: () => 600_000,
    maxRssBytes: 1e9,
    recycleAfter: 10,
    recycleAboveRssBytes: 1e9,
    heapBytes: 64e6,
    idleMs: 1000,
  },
  log: silentLog,
});
const { signal } = new AbortController();
const first = await pool.run({ kind: "echo", text: "" }, { signal });
const [pid] = [z.object({ result: z.object({ pid: z.int() }) }).parse(first).result.pid];
await pool.run({ kind: "hang" }, { signal, onEvent: () => console.log(pid) });
