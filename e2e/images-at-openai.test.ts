import type OpenAI from "openai";
import { APIError } from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { lastEndedCall } from "./fakes/fake-calls.ts";
import { gatewayAtModels } from "./support/provider-ways.ts";

/*
 * The official SDK drawing at OpenAI's models, of which the newer are billed by tokens and the older by the picture. The fake
 * refuses what OpenAI refuses, and its own counts are the oracle for what is metered.
 */

let client: OpenAI;

const {
  gateway,
  fake,
  expectBilled: expectBilledAs,
} = gatewayAtModels("openai", ["gpt-image-1", "dall-e-2", "dall-e-3"]);
beforeAll(() => {
  client = gateway().client();
});
/** What the fake billed for its last call is what the gateway settled; pictures count where no tokens do. */
const expectBilled = (by: "tokens" | "pictures"): void => {
  const { usage } = lastEndedCall(fake());
  const counts = by === "tokens" ? { ...usage, images: 0 } : usage;
  expectBilledAs({ usage: { counts, source: "reported" } });
};

const picture = (name = "a.png"): File =>
  new File([Uint8Array.of(0x89, 0x50, 0x4e, 0x47)], name, { type: "image/png" });

describe("OpenAI's SDK at a model that is billed by tokens", () => {
  const model = "my gpt-image-1";

  it("draws", async () => {
    const { data } = await client.images.generate({ model, prompt: "A green tree", n: 2, quality: "low" });
    expect(data).toHaveLength(2);
    expectBilled("tokens");
  });

  it("draws in a stream with partial pictures", async () => {
    const asked = { model, prompt: "A green tree", partial_images: 2, stream: true } as const;
    const types = [];
    for await (const event of await client.images.generate(asked)) types.push(event.type);
    expect(types).toEqual([
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
    expectBilled("tokens");
  });

  it("changes several pictures by words and a mask, whole and in a stream", async () => {
    const asked = { model, prompt: "Greener", image: [picture("a.png"), picture("b.png")], mask: picture("mask.png") };
    expect((await client.images.edit(asked)).data).toHaveLength(1);
    expectBilled("tokens");
    const types = [];
    for await (const event of await client.images.edit({ ...asked, stream: true })) types.push(event.type);
    expect(types).toEqual(["image_edit.completed"]);
    expectBilled("tokens");
  });

  it("hears that a picture was refused, whole and in a stream", async () => {
    const refused = { model, prompt: "[[fake: refusal Unsafe.]]" };
    await expect(client.images.generate(refused)).rejects.toMatchObject({ status: 400, code: "moderation_blocked" });
    const streamed = client.images.generate({ ...refused, stream: true });
    await expect(streamed).rejects.toMatchObject({ status: 400, code: "moderation_blocked" });
  });

  it("hears of a stream that is cut before its picture", async () => {
    fake().plan({ truncate: { afterEvents: 1 } });
    const stream = await client.images.generate({ model, prompt: "A tree", partial_images: 2, stream: true });
    const reading = (async () => {
      for await (const event of stream) expect(event.type).toBe("image_generation.partial_image");
    })();
    await expect(reading).rejects.toBeInstanceOf(APIError);
    expect(gateway().meter.settlements.at(-1)).toMatchObject({ outcome: "failed", usage: { source: "partial" } });
  });
});

describe("OpenAI's SDK at models that are billed by the picture", () => {
  it("draws, with addresses and without", async () => {
    const { data } = await client.images.generate({ model: "my dall-e-3", prompt: "A green tree" });
    expect(data?.[0]?.url).toMatch(/^http/);
    expectBilled("pictures");
    await client.images.generate({ model: "my dall-e-2", prompt: "A tree", n: 3, response_format: "b64_json" });
    expectBilled("pictures");
  });

  it("varies a picture", async () => {
    const { data } = await client.images.createVariation({ model: "my dall-e-2", image: picture(), n: 2 });
    expect(data).toHaveLength(2);
    expectBilled("pictures");
  });

  it("hears the provider's own words about a wrong field", async () => {
    const wrong = client.images.generate({ model: "my dall-e-3", prompt: "A tree", n: 2 });
    await expect(wrong).rejects.toMatchObject({ status: 400, param: "n" });
  });
});
