import { describe, expect, it } from "vitest";
import { keepState, keptState } from "./kept-state.ts";
import { emptyPlayground, newAnswer, type PlaygroundState } from "./playground-state.ts";

const storageOf = (capacity = Infinity) => {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem(key: string, value: string) {
      if (value.length > capacity) throw new DOMException("full", "QuotaExceededError");
      entries.set(key, value);
    },
    removeItem: (key: string) => void entries.delete(key),
  };
};

const picture = { name: "a.png", dataUrl: "data:image/png;base64,AA" };
const state: PlaygroundState = {
  ...emptyPlayground,
  lanes: ["one"],
  draft: "Not sent",
  draftPictures: [picture],
  turns: [
    {
      id: 3,
      prompt: "Look",
      pictures: [picture],
      lostPictures: 1,
      answers: [{ ...newAnswer("one"), content: "A sq" }],
    },
  ],
};

describe("what is kept over a reload", () => {
  it("is the page without its pictures, and with an end to what was still coming", () => {
    const storage = storageOf();
    keepState(storage, "ada@example.org", state);
    expect(keptState(storage, "ada@example.org")).toEqual({
      ...state,
      draftPictures: [],
      turns: [
        {
          id: 3,
          prompt: "Look",
          pictures: [],
          lostPictures: 2,
          answers: [{ ...newAnswer("one"), content: "A sq", status: "stopped" }],
        },
      ],
    });
    expect([...storage.entries.values()].join()).not.toContain("base64");
  });

  it("is nobody else's", () => {
    const storage = storageOf();
    keepState(storage, "ada@example.org", state);
    expect(keptState(storage, "grace@example.org")).toBeUndefined();
  });

  it("is nothing where the storage is full: what it held before would be out of date", () => {
    const storage = storageOf(1000);
    keepState(storage, "ada@example.org", { ...emptyPlayground, draft: "short" });
    expect(keptState(storage, "ada@example.org")?.draft).toBe("short");
    keepState(storage, "ada@example.org", { ...emptyPlayground, draft: "long ".repeat(1000) });
    expect(keptState(storage, "ada@example.org")).toBeUndefined();
  });

  it.each(["", "{", '{"email":"ada@example.org","state":{"lanes":[]}}'])("is nothing where %j stands", (text) => {
    const storage = storageOf();
    storage.entries.set("llm-tuner.playground", text);
    expect(keptState(storage, "ada@example.org")).toBeUndefined();
  });
});
