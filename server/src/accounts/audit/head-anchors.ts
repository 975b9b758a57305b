import { appendFile, chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { AuditHead } from "./audit.store.ts";

/** A head of the chain that was written down outside the database. */
export interface AnchoredHead {
  sequence: number;
  hash: Uint8Array;
}

/** Where heads are kept that nobody who changes the database changes along with it. */
export interface HeadAnchors {
  keep(head: AuditHead, at: Date): Promise<void>;
  all(): Promise<AnchoredHead[]>;
}

const Line = z.object({ sequence: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** A crash may leave the last line unfinished: it says nothing then, and the next one begins on a line of its own. */
function parseLine(text: string): AnchoredHead[] {
  try {
    const { sequence, hash } = Line.parse(JSON.parse(text));
    return [{ sequence, hash: Buffer.from(hash, "hex") }];
  } catch {
    return [];
  }
}

async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** One JSON object a line in a file of the data directory, which is only ever added to. */
export function createHeadFile(dataDir: string): HeadAnchors {
  const path = join(dataDir, "audit-heads.jsonl");
  return {
    async keep({ sequence, hash }, at) {
      const line = { at: at.toISOString(), sequence, hash: Buffer.from(hash).toString("hex") };
      await appendFile(path, `\n${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
      await chmod(path, 0o600);
    },
    all: async () => (await readLines(path)).flatMap(parseLine),
  };
}
