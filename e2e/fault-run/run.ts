import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJournal } from "../fakes/journal.ts";
import type { Evidence } from "./evidence.ts";
import { type Ledger, readLedger } from "./ledger.ts";
import { applyLoad, type Kill } from "./load.ts";
import type { Version } from "./prices.ts";
import { startWorld, type World } from "./world.ts";

export interface FaultRunOptions {
  calls: number;
  seed: number;
  kills: number;
}

export interface FaultRun {
  evidence: Evidence;
  kills: readonly Kill[];
  /** The books after everything that was ever spooled was written down once more. */
  repeated: Ledger;
  /** Errors in the server's log. */
  errors: string[];
}

const versionsOf = async (world: World): Promise<Version[]> =>
  (await world.prices()).map((price) => ({
    id: price.id,
    provider: price.provider,
    model: price.model_pattern,
    minInputTokens: price.min_input_tokens,
    rates: price.rates,
    fromMs: Date.parse(price.valid_from),
    toMs: price.valid_to === null ? Number.POSITIVE_INFINITY : Date.parse(price.valid_to),
  }));

/** Answers whose clients have gone are read on; the run is over when no provider is asked any more. */
const untilQuiet = async ({ fakes }: World): Promise<void> => {
  for (const fake of Object.values(fakes)) {
    await fake.behave(null);
    const { calls } = await fake.totals();
    await fake.reached("ended", calls);
  }
};

/** Puts all spools of dead processes back, so that the next start finds them as if it had never seen them. */
const restoreSpools = async (dataDir: string, kills: readonly Kill[]): Promise<void> => {
  for (const { spool } of kills) {
    for (const name of await readdir(spool)) {
      await cp(join(spool, name), join(dataDir, "usage-spool", name), { recursive: true });
    }
  }
};

const errorsIn = (log: string): string[] => log.split("\n").filter((line) => /"level":(50|60)/.test(line));

/** Makes the calls, kills the server, waits until all is over, and collects what everybody knows. */
export const faultRun = async ({ calls, seed, kills }: FaultRunOptions): Promise<FaultRun> => {
  const folder = await mkdtemp(join(tmpdir(), "llm-tuner-fault-spools-"));
  const world = await startWorld({ calls });
  const { platform, journals } = world;
  try {
    const load = await applyLoad(world, { seed, calls, kills, folder });
    await untilQuiet(world);
    const versions = await versionsOf(world);
    await platform.end("SIGTERM");
    let log = load.log + platform.output;
    const ledger = await readLedger(platform.dataDir);
    await restoreSpools(platform.dataDir, load.kills);
    await platform.startProcess();
    await platform.end("SIGTERM");
    log += platform.output;
    const evidence: Evidence = {
      calls: load.calls,
      journals: {
        openai: readJournal(journals.openai),
        anthropic: readJournal(journals.anthropic),
        gemini: readJournal(journals.gemini),
      },
      ledger,
      killsMs: load.kills.map(({ atMs }) => atMs),
      versions,
      budgets: world.budgets,
    };
    return { evidence, kills: load.kills, repeated: await readLedger(platform.dataDir), errors: errorsIn(log) };
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
};
