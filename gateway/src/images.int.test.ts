import { BadRequestError, type OpenAI } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noUsage } from "./meter/usage.ts";
import type { Adapter } from "./ports.ts";
import { jsonAnswer, sends } from "./testing/fake-upstream.ts";
import { pngBytes } from "./testing/image-call.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

let test: TestGateway;
let client: OpenAI;
beforeAll(async () => {
  test = await startTestGateway();
  client = test.client();
  const offer = (name: string, adapter: Adapter, upstreamModel: string): void => {
    const route = test.routeTo(undefined, { adapter, upstreamModel, priceModel: upstreamModel });
    test.plans.set(name, { steps: [[{ route, weight: 1 }]] });
  };
  offer("painter", "openai", "gpt-image-1");
  offer("imagen", "gemini", "imagen-4.0-generate-001");
  offer("nano", "gemini", "gemini-2.5-flash-image");
  offer("writer", "anthropic", "claude");
});
afterAll(() => test.close());

const picture = (name = "a.png"): File => new File([pngBytes], name, { type: "image/png" });
const usage = {
  input_tokens: 12,
  input_tokens_details: { image_tokens: 0, text_tokens: 12 },
  output_tokens: 272,
  total_tokens: 284,
};
const imageEvent = (type: string, more: object): string =>
  `event: image_generation.${type}\ndata: ${JSON.stringify({ type: `image_generation.${type}`, ...more })}\n\n`;

describe("pictures for the official SDK", () => {
  it("are drawn by OpenAI, held by their number and billed by tokens", async () => {
    test.upstream.plan(jsonAnswer({ created: 1, data: [{ b64_json: "AAAA" }, { b64_json: "BBBB" }], usage }));
    const { data, response } = await client.images
      .generate({ model: "painter", prompt: "A green tree", n: 2, quality: "low" })
      .withResponse();
    expect(data.data).toHaveLength(2);
    expect(Number(response.headers.get("x-gateway-cost-nano-usd"))).toBe(12 * 10 + 272 * 30);
    expect(test.upstream.requests.at(-1)).toMatchObject({
      path: "/v1/images/generations",
      body: { model: "gpt-image-1", prompt: "A green tree", n: 2 },
    });
    expect(test.meter.reservations.at(-1)).toMatchObject({
      model: "painter",
      pieces: { images: 2, videoSeconds: 0 },
      maxOutputTokens: 816,
    });
    expect(test.meter.settlements.at(-1)).toMatchObject({
      operation: "images/generations",
      usage: { counts: { ...noUsage, inputUncached: 12, outputImage: 272 }, source: "reported" },
    });
  });

  it("are streamed with partial ones", async () => {
    test.upstream.plan({
      steps: sends(
        imageEvent("partial_image", { b64_json: "AAAA", partial_image_index: 0 }),
        imageEvent("completed", { b64_json: "BBBB", usage }),
      ),
    });
    const stream = await client.images.generate({
      model: "painter",
      prompt: "A green tree",
      stream: true,
      partial_images: 1,
    });
    const events = [];
    for await (const event of stream) events.push(event);
    expect(events).toMatchObject([
      { type: "image_generation.partial_image", b64_json: "AAAA" },
      { type: "image_generation.completed", b64_json: "BBBB" },
    ]);
    expect(test.meter.settlements.at(-1)).toMatchObject({
      outcome: "completed",
      stream: true,
      usage: { counts: { outputImage: 272 }, source: "reported" },
    });
  });

  it("are changed by a form, in which the model is renamed and nothing else", async () => {
    test.upstream.plan(jsonAnswer({ created: 1, data: [{ b64_json: "AAAA" }], usage }));
    await client.images.edit({ model: "painter", prompt: "Gr\u00fcner", image: [picture("a.png"), picture("b.png")] });
    const asked = test.upstream.requests.at(-1);
    expect(asked?.path).toBe("/v1/images/edits");
    const parts = asked?.text.split(/--form-[0-9a-f-]{36}(?:--)?\r\n/).filter((part) => part !== "") ?? [];
    expect(parts.map((part) => part.slice(0, part.indexOf("\r\n\r\n")))).toEqual([
      'content-disposition: form-data; name="model"',
      'content-disposition: form-data; name="prompt"',
      'content-disposition: form-data; name="image[]"; filename="a.png"\r\ncontent-type: image/png',
      'content-disposition: form-data; name="image[]"; filename="b.png"\r\ncontent-type: image/png',
    ]);
    expect(parts[0]).toContain("gpt-image-1");
    expect(parts[1]).toContain("Gr\u00fcner");
    expect(test.meter.settlements.at(-1)).toMatchObject({ operation: "images/edits", model: "painter" });
  });

  it("are varied, and billed by the piece where no tokens are reported", async () => {
    test.upstream.plan(jsonAnswer({ created: 1, data: [{ url: "https://a.test/1" }, { url: "https://a.test/2" }] }));
    const { data } = await client.images.createVariation({ model: "painter", image: picture(), n: 2 });
    expect(data?.map(({ url }) => url)).toEqual(["https://a.test/1", "https://a.test/2"]);
    expect(test.meter.settlements.at(-1)?.usage).toEqual({ counts: { ...noUsage, images: 2 }, source: "reported" });
  });

  it("are drawn by Imagen and changed by Gemini in the same words", async () => {
    test.upstream.plan(
      jsonAnswer({ predictions: [{ bytesBase64Encoded: "AAAA", mimeType: "image/png" }] }),
      jsonAnswer({
        candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: "BBBB" } }] } }],
        usageMetadata: { promptTokenCount: 270, candidatesTokenCount: 1_290 },
      }),
    );
    const drawn = await client.images.generate({ model: "imagen", prompt: "A green tree" });
    expect(drawn.data).toEqual([{ b64_json: "AAAA" }]);
    const changed = await client.images.edit({ model: "nano", prompt: "Greener", image: picture() });
    expect(changed.data).toEqual([{ b64_json: "BBBB" }]);
    expect(changed.usage?.output_tokens).toBe(1_290);
    expect(test.upstream.requests.slice(-2).map(({ path }) => path)).toEqual([
      "/v1beta/models/imagen-4.0-generate-001:predict",
      "/v1beta/models/gemini-2.5-flash-image:generateContent",
    ]);
    expect(test.meter.settlements.slice(-2).map((settled) => settled.usage.counts)).toEqual([
      { ...noUsage, images: 1 },
      { ...noUsage, inputUncached: 270, outputImage: 1_290 },
    ]);
  });

  it("are refused by models that draw none, and as variations by Google's", async () => {
    const asked = test.upstream.requests.length;
    const refused = client.images.generate({ model: "writer", prompt: "A green tree" });
    await expect(refused).rejects.toMatchObject({ status: 400, code: "unsupported_operation" });
    const varied = client.images.createVariation({ model: "nano", image: picture() });
    await expect(varied).rejects.toBeInstanceOf(BadRequestError);
    expect(test.upstream.requests).toHaveLength(asked);
  });

  it("are refused without a form where one is needed, and with a broken one", async () => {
    const asJson = await test.post("/v1/images/edits", { model: "painter", prompt: "x" });
    expect(asJson.status).toBe(415);
    expect(await asJson.json()).toMatchObject({ error: { code: "unsupported_content_type" } });
    const broken = await test.post("/v1/images/edits", "nothing", {
      "content-type": "multipart/form-data; boundary=x",
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { code: "invalid_form" } });
  });
});
