import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { newId } from "../../platform/ids.ts";
import { recoveryOf } from "../testing/recover.ts";
import { createUsageWorld } from "../testing/usage-world.ts";

const world = await createUsageWorld();
const { clock, database } = world;
const root = await mkdtemp(join(tmpdir(), "llm-tuner-spools-"));
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await world.close();
});

describe("what dead processes left", () => {
  it("is taken over from each of them, also beside one whose spool cannot be read, which stays for the next try", async () => {
    const user = await world.addUser();
    const [damaged, sound] = [join(root, "proc_a"), join(root, "proc_b")];
    // A folder in the place of a file cannot be read as lines, whoever tries.
    await mkdir(join(damaged, "0000000001.jsonl"), { recursive: true });
    await mkdir(sound);
    const requestId = newId("request");
    const hold = {
      request_id: requestId,
      user_id: user,
      api_key_id: null,
      hold_nano_usd: 0,
      price_id: null,
      created_at: clock.now(),
      counted: [],
      process_id: "proc_b",
      model: "m",
      price_model: "m",
      provider: "p",
    };
    await writeFile(join(sound, "0000000001.jsonl"), `${JSON.stringify({ hold })}\n`);
    await recoveryOf({ database, clock, root }).replaySpools();
    const rows = await database.execute(
      "select 1 from usage_requests where request_id = $1 and policy = 'interrupted'",
      [requestId],
    );
    expect(rows).toBe(1);
    expect(await readdir(root)).toEqual(["proc_a"]);
  });
});
