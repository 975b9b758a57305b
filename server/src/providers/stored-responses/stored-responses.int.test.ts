import { randomBytes } from "node:crypto";
import type { StoredResponse } from "@llm-tuner/gateway/ports.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createProvidersWorld } from "../testing/providers-world.ts";
import { storedResponsesStore } from "./stored-responses.store.ts";
import { createStoredResponseUsecases } from "./stored-responses.usecases.ts";

const world = await createProvidersWorld({ config: { storedResponsesDays: 10 } });
afterAll(world.close);
const { ada, bob, clock, database, providers } = world;
const { responses } = providers;

const dayMs = 86_400_000;
const storedAs = (id: string, more: Partial<StoredResponse> = {}): StoredResponse => ({
  id,
  response: { id, object: "response", output: [{ type: "message", content: "grün" }] },
  input: [{ role: "user", content: "What colour?" }],
  createdAt: clock.now(),
  ...more,
});

describe("a stored response", () => {
  it("is found by its owner as it was kept, and by nobody else", async () => {
    const stored = storedAs("resp_1");
    await responses.save(ada, stored);
    expect(await responses.find(ada, "resp_1")).toEqual(stored);
    expect(await responses.find(bob, "resp_1")).toBeUndefined();
    expect(await responses.remove(bob, "resp_1")).toBe(false);
    expect(await responses.remove(ada, "resp_1")).toBe(true);
    expect(await responses.find(ada, "resp_1")).toBeUndefined();
  });

  it("of the same id is another one for another account", async () => {
    await responses.save(ada, storedAs("resp_2", { input: ["ada's"] }));
    await responses.save(bob, storedAs("resp_2", { input: ["bob's"] }));
    expect((await responses.find(ada, "resp_2"))?.input).toEqual(["ada's"]);
    expect((await responses.find(bob, "resp_2"))?.input).toEqual(["bob's"]);
  });

  it("is not replaced by a second one of its id", async () => {
    await responses.save(ada, storedAs("resp_3", { input: ["first"] }));
    await responses.save(ada, storedAs("resp_3", { input: ["second"] }));
    expect((await responses.find(ada, "resp_3"))?.input).toEqual(["first"]);
  });

  it("is refused when it is larger than a row should be", async () => {
    const large = storedAs("resp_4", { input: [randomBytes(6_500_000).toString("base64")] });
    await expect(responses.save(ada, large)).rejects.toMatchObject({ code: "response_too_large" });
    expect(await responses.find(ada, "resp_4")).toBeUndefined();
  });

  it("is forgotten after its days: not shown any more, and then deleted", async () => {
    await responses.save(ada, storedAs("resp_5", { createdAt: new Date(clock.now().getTime() - 10 * dayMs - 1000) }));
    await responses.save(ada, storedAs("resp_6", { createdAt: new Date(clock.now().getTime() - 9 * dayMs) }));
    expect(await responses.find(ada, "resp_5")).toBeUndefined();
    expect(await responses.find(ada, "resp_6")).toBeDefined();
    const usecases = createStoredResponseUsecases({ database, store: storedResponsesStore, clock, keptDays: 10 });
    const count = () => database.execute("select 1 from stored_responses where id in ('resp_5', 'resp_6')");
    expect(await count()).toBe(2);
    await usecases.deleteExpired();
    expect(await count()).toBe(1);
  });

  it("is in the archive of its owner, and goes with them", async () => {
    const files = new Map<string, string>();
    for await (const file of providers.personalData?.files(ada) ?? []) {
      files.set(file.name, (await (await file.open()).toArray()).join(""));
    }
    expect(files.get("responses.jsonl")).toContain("ada's");
    expect(files.get("responses.jsonl")).not.toContain("bob's");
    await database.execute("delete from users where id = $1", [ada]);
    expect(await responses.find(ada, "resp_2")).toBeUndefined();
    expect(await responses.find(bob, "resp_2")).toBeDefined();
  });
});
