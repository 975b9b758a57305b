import { describe, expect, it } from "vitest";
import { createGroupWriter } from "./group-writer.ts";

class Fault extends Error {}

function createWrites(maxGroup = 100) {
  const groups: number[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const state = { holding: false, refused: -1 };
  const writer = createGroupWriter<number, string>({
    async writeGroup(items) {
      groups.push([...items]);
      if (state.holding) {
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        await gate.promise;
      }
      if (items.includes(state.refused)) throw new Fault(`refused ${state.refused}`);
      return items.map((item) => `written ${item}`);
    },
    maxGroup,
    isItemsFault: (error) => error instanceof Fault,
  });
  return { groups, gates, state, writer };
}

describe("group writer", () => {
  it("writes a lone item at once", async () => {
    const { groups, writer } = createWrites();
    const written = writer.write(1);
    expect(groups).toEqual([[1]]);
    expect(await written).toBe("written 1");
  });

  it("gathers what comes while it writes, in groups of bounded size", async () => {
    const { groups, gates, state, writer } = createWrites(3);
    state.holding = true;
    const written = [0, 1, 2, 3, 4].map((item) => writer.write(item));
    expect(groups).toEqual([[0]]);
    state.holding = false;
    gates[0]?.resolve();
    expect(await Promise.all(written)).toEqual([0, 1, 2, 3, 4].map((item) => `written ${item}`));
    expect(groups).toEqual([[0], [1, 2, 3], [4]]);
  });

  it("writes the others when one item of a group is refused, and goes on", async () => {
    const { gates, state, writer } = createWrites();
    state.holding = true;
    const first = writer.write(0);
    const outcomes = Promise.allSettled([1, 2, 3].map((item) => writer.write(item)));
    state.holding = false;
    state.refused = 2;
    gates[0]?.resolve();
    await first;
    expect((await outcomes).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await writer.write(4)).toBe("written 4");
  });

  it("lets a whole group fail when the store does", async () => {
    const writer = createGroupWriter<number, string>({
      writeGroup: () => Promise.reject(new Error("the database is away")),
      maxGroup: 10,
      isItemsFault: () => false,
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => writer.write(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });
});
