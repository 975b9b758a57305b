import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createUsageWorld } from "../testing/usage-world.ts";

const world = await createUsageWorld();
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));
afterAll(world.close);

const entry = fileURLToPath(new URL("../testing/metering-process.ts", import.meta.url));

const Message = z.union([
  z.strictObject({ held: z.string() }),
  z.strictObject({ settled: z.string(), costNanoUsd: z.number() }),
]);

/** Runs a process until it has kept so many promises, kills it at that moment, and gives the promises. */
async function runAndKill(userId: string, dataDir: string, promises: number) {
  const held = new Set<string>();
  const settled = new Map<string, number>();
  const child = fork(entry, [world.url, dataDir, userId], { stdio: "inherit" });
  children.push(child);
  const killed = once(child, "exit");
  child.on("message", (value) => {
    const message = Message.parse(value);
    if ("held" in message) held.add(message.held);
    else settled.set(message.settled, message.costNanoUsd);
    if (held.size + settled.size === promises) child.kill("SIGKILL");
  });
  await killed;
  return { held, settled };
}

const billRow = z.object({
  request_id: z.string(),
  policy: z.string(),
  operation: z.string(),
  stream: z.boolean(),
  cost: z.coerce.number(),
  owed: z.coerce.number(),
  held: z.coerce.number(),
  charges: z.coerce.number(),
  attempts: z.coerce.number(),
});
const billsOf = async (userId: string) =>
  new Map(
    (
      await world.database.rows(
        billRow,
        `select request_id, policy, request.operation, request.stream, cost_nano_usd as cost,
           coalesce(-sum(amount_nano_usd) filter (where kind in ('charge', 'adjust')), 0) as owed,
           coalesce(sum(amount_nano_usd) filter (where kind in ('hold', 'release')), 0) as held,
           count(*) filter (where kind = 'charge') as charges,
           (select count(*) from usage_attempts attempt where attempt.request_id = request.request_id) as attempts
         from usage_requests request left join usage_entries using (request_id)
         where request.user_id = $1 group by request_id`,
        [userId],
      )
    ).map((row) => [row.request_id, row]),
  );

describe("a process that is killed", () => {
  // Numbers of promises that fall into the first hold, between holds and settlements, and into later batches.
  it.each([1, 25, 40, 187, 600, 1501])(
    "after %i promises has lost nothing and billed nothing twice",
    async (promises) => {
      const userId = await world.addUser();
      const dataDir = await mkdtemp(join(world.dataDir, "killed-"));
      const { held, settled } = await runAndKill(userId, dataDir, promises);
      const next = world.createModule({ dataDir });
      await next.start?.();
      const bills = await billsOf(userId);
      for (const [requestId, cost] of settled) {
        expect(bills.get(requestId)).toMatchObject({ policy: "reported", cost, owed: cost, held: 0, charges: 1 });
      }
      for (const requestId of held) {
        const bill = bills.get(requestId);
        // What was not seen to be settled may be so all the same: the message was lost, not the bill.
        const nothing = { cost: 0, owed: 0, charges: 0, operation: "messages", stream: true };
        expect(bill).toMatchObject({ held: 0, ...(bill?.policy === "interrupted" ? nothing : { charges: 1 }) });
      }
      for (const bill of bills.values()) expect(bill.owed).toBe(bill.cost);
      expect(await readdir(join(dataDir, "usage-spool"))).toHaveLength(1);
      await next.stop?.();
      expect(await readdir(join(dataDir, "usage-spool"))).toEqual([]);
      expect(await world.unequalCounters()).toEqual([]);
    },
  );

  it("in the middle of a line has lost that line alone, which nobody was promised", async () => {
    const userId = await world.addUser();
    const dataDir = await mkdtemp(join(world.dataDir, "torn-"));
    const { settled } = await runAndKill(userId, dataDir, 300);
    const root = join(dataDir, "usage-spool");
    const [spool = ""] = await readdir(root);
    const [file = ""] = [(await readdir(join(root, spool))).find((name) => name.endsWith(".jsonl"))];
    await appendFile(join(root, spool, file), '{"settled":{"request_id":"req_torn","user_id":"us');
    const next = world.createModule({ dataDir });
    await next.start?.();
    const bills = await billsOf(userId);
    for (const [requestId, cost] of settled) expect(bills.get(requestId)).toMatchObject({ cost, charges: 1 });
    expect(bills.has("req_torn")).toBe(false);
    await next.stop?.();
  });

  it("is taken over once by whoever comes, and not while it lives", async () => {
    const userId = await world.addUser();
    const dataDir = await mkdtemp(join(world.dataDir, "living-"));
    const living = world.createModule({ dataDir });
    await living.start?.();
    const others = [1, 2, 3].map(() => world.createModule({ dataDir }));
    await Promise.all(others.map(async (module) => module.start?.()));
    expect(await readdir(join(dataDir, "usage-spool"))).toHaveLength(4);
    const { settled } = await runAndKill(userId, dataDir, 200);
    const heirs = [1, 2, 3].map(() => world.createModule({ dataDir }));
    await Promise.all(heirs.map(async (module) => module.start?.()));
    const bills = await billsOf(userId);
    for (const [requestId, cost] of settled)
      expect(bills.get(requestId)).toMatchObject({ cost, owed: cost, charges: 1 });
    await Promise.all([living, ...others, ...heirs].map(async (module) => module.stop?.()));
    expect(await readdir(join(dataDir, "usage-spool"))).toEqual([]);
    expect(await world.unequalCounters()).toEqual([]);
  });
});
