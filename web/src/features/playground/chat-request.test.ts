import { describe, expect, it } from "vitest";
import { lastRequest, settingFaults } from "./chat-request.ts";
import { emptyPlayground, newAnswer, usualSettings, withDraftSent, type PlaygroundState } from "./playground-state.ts";

const picture = { name: "a.png", dataUrl: "data:image/png;base64,AA" };

/** A conversation of two lanes, of which the second came later. */
const conversation: PlaygroundState = {
  ...emptyPlayground,
  lanes: ["one", "two"],
  system: "Be brief.",
  draft: "And now?",
  draftPictures: [picture],
  turns: [
    {
      id: 1,
      prompt: "Hello",
      pictures: [],
      lostPictures: 0,
      answers: [{ ...newAnswer("one"), status: "done", content: "Hi." }, null],
    },
    {
      id: 2,
      prompt: "Broken",
      pictures: [],
      lostPictures: 0,
      answers: [
        { ...newAnswer("one"), status: "failed" },
        { ...newAnswer("two"), status: "stopped", content: "Half" },
      ],
    },
  ],
};

describe("the request of a lane", () => {
  it("holds what its own model answered, and no turn that it did not", () => {
    const sent = withDraftSent(conversation);
    const now = [
      { type: "text", text: "And now?" },
      { type: "image_url", image_url: { url: picture.dataUrl } },
    ];
    expect(lastRequest(sent, 0, () => true)).toEqual({
      model: "one",
      max_completion_tokens: 2048,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hi." },
        { role: "user", content: now },
      ],
    });
    expect(lastRequest(sent, 1, () => true).messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Broken" },
      { role: "assistant", content: "Half" },
      { role: "user", content: now },
    ]);
  });

  it("holds the parameters that are set and leaves the model's own where they are not", () => {
    const settings = {
      ...usualSettings,
      maxTokens: "",
      temperature: "0",
      topP: "0.9",
      stop: "END\n\n###",
      seed: "7",
      effort: "low" as const,
    };
    const { model: _, messages: __, ...parameters } = lastRequest({ ...conversation, settings }, 0, () => true);
    expect(lastRequest({ ...conversation, settings }, 0, () => false)).not.toHaveProperty("reasoning_effort");
    expect(parameters).toEqual({ temperature: 0, top_p: 0.9, stop: ["END", "###"], seed: 7, reasoning_effort: "low" });
  });
});

describe("what is wrong with a parameter", () => {
  it("is nothing for the usual ones, and for those that are left empty", () => {
    expect(settingFaults(usualSettings)).toEqual({});
    expect(settingFaults({ ...usualSettings, maxTokens: " " })).toEqual({});
  });

  it.each([
    ["temperature", "2.1"],
    ["temperature", "warm"],
    ["maxTokens", "0"],
    ["maxTokens", "1.5"],
    ["topP", "-0.1"],
    ["seed", "1e99"],
    ["stop", "a\nb\nc\nd\ne"],
  ])("is said of %s for %j", (name, value) => {
    expect(Object.keys(settingFaults({ ...usualSettings, [name]: value }))).toEqual([name]);
  });
});
