import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { JsonObject } from "./json.ts";
import { jsonAnswer, type FakeAnswer } from "./testing/fake-upstream.ts";
import { pngBytes } from "./testing/image-call.ts";
import { testCaller, testKey } from "./testing/test-gateway.ts";
import { mp4, startVideoGateway } from "./testing/video-gateway.ts";
import { createWebGateway } from "./web-gateway.ts";

const { test, client, order } = await startVideoGateway();
afterEach(() => {
  if (test.openLeases() !== 0) throw new Error("a lease was not released");
});
afterAll(() => test.close());
const lastAsked = () => test.upstream.requests.at(-1);

describe("the content of a video", () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);

  it("is handed on as it is, with its type and length", async () => {
    const id = await order();
    const reserved = test.meter.reservations.length;
    test.upstream.plan(mp4(bytes, { "content-length": String(bytes.length), "accept-ranges": "bytes" }));
    const answer = await client.videos.downloadContent(id);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
    expect(answer.headers.get("content-type")).toBe("video/mp4");
    expect(answer.headers.get("content-length")).toBe("300000");
    expect(answer.headers.get("accept-ranges")).toBe("bytes");
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
    expect(lastAsked()).toMatchObject({ method: "GET", path: "/v1/videos/video_up/content" });
    expect(test.meter.reservations).toHaveLength(reserved);
  });

  it("is handed on in parts, and as one of its pictures", async () => {
    const id = await order();
    test.upstream.plan(mp4(bytes.slice(0, 10), { "content-range": "bytes 0-9/300000" }, 206));
    const part = await client.videos.downloadContent(id, { headers: { range: "bytes=0-9" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 0-9/300000"]);
    expect((await part.arrayBuffer()).byteLength).toBe(10);
    expect(lastAsked()?.headers["range"]).toBe("bytes=0-9");
    test.upstream.plan(mp4(pngBytes, { "content-type": "image/png" }));
    const picture = await client.videos.downloadContent(
      id,
      { variant: "thumbnail" },
      { headers: { range: "lines=1" } },
    );
    expect(picture.headers.get("content-type")).toBe("image/png");
    await picture.arrayBuffer();
    expect(lastAsked()?.path).toBe("/v1/videos/video_up/content?variant=thumbnail");
    expect(lastAsked()?.headers["range"]).toBeUndefined();
  });

  it("is refused as a part that is not there, as a picture that nobody knows, and before it is ready", async () => {
    const id = await order();
    test.upstream.plan({ status: 416, steps: [] }, jsonAnswer({ error: { message: "Video is not ready yet." } }, 404));
    const beyond = client.videos.downloadContent(id, { headers: { range: "bytes=900000-" } });
    await expect(beyond).rejects.toMatchObject({ status: 416, code: "range_not_satisfiable" });
    const early = client.videos.downloadContent(id);
    await expect(early).rejects.toMatchObject({ status: 404, message: expect.stringContaining("not ready yet") });
    const strange = fetch(`${test.url}/v1/videos/${id}/content?variant=smell`, {
      headers: { authorization: `Bearer ${testKey}` },
    });
    expect((await strange).status).toBe(400);
  });

  it("is followed to another place of the same server with the key, and to a stranger not at all", async () => {
    const id = await order();
    test.upstream.plan({ status: 302, headers: { location: "/elsewhere?a=b" }, steps: [] }, mp4(bytes));
    const answer = await client.videos.downloadContent(id);
    expect((await answer.arrayBuffer()).byteLength).toBe(bytes.length);
    expect(lastAsked()).toMatchObject({ path: "/elsewhere?a=b", headers: { authorization: "Bearer worker-token" } });
    for (const location of ["http://127.0.0.1:9/", "https://stranger.test/", "//[", "file:///etc/passwd"]) {
      test.upstream.plan({ status: 302, headers: { location }, steps: [] });
      await expect(client.videos.downloadContent(id)).rejects.toMatchObject({ status: 502 });
    }
    const round = { status: 307, headers: { location: "/round" }, steps: [] } satisfies FakeAnswer;
    test.upstream.plan(round, round, round, round);
    await expect(client.videos.downloadContent(id)).rejects.toMatchObject({ status: 502 });
  });

  it("breaks off when the provider does, and ends at the provider when the client goes away", async () => {
    const id = await order();
    test.upstream.plan({ ...mp4(bytes), steps: [{ send: bytes }, { reset: true }] });
    const cut = await client.videos.downloadContent(id);
    await expect(cut.arrayBuffer()).rejects.toBeInstanceOf(TypeError);
    const fields = expect.objectContaining({ videoId: id, code: "provider_disconnected" });
    expect(test.log).toContainEqual(expect.objectContaining({ level: "warn", fields }));
    test.upstream.plan({ ...mp4(bytes), steps: [{ send: bytes }, { wait: new Promise(() => undefined) }] });
    const left = await client.videos.downloadContent(id);
    await left.body?.cancel();
    expect(await lastAsked()?.over).toBe(true);
  });
});

describe("a video of Veo's", () => {
  const done = (more: JsonObject): FakeAnswer =>
    jsonAnswer({ name: "models/veo-3.0/operations/op1", done: true, ...more });
  const made = done({
    response: {
      generateVideoResponse: {
        generatedSamples: [{ video: { uri: "https://stranger.test/v1beta/files/f1:download" } }],
      },
    },
  });

  it("is ordered, looked at and fetched in OpenAI's words, from no other place than its server", async () => {
    const id = await order("veo");
    expect(lastAsked()).toMatchObject({
      path: "/v1beta/models/veo-3.0-generate-001:predictLongRunning",
      body: { instances: [{ prompt: "Waves" }], parameters: { durationSeconds: 8, aspectRatio: "16:9" } },
    });
    expect(test.meter.settlements.at(-1)?.usage.counts.videoSeconds).toBe(8);
    test.upstream.plan(jsonAnswer({ name: "models/veo-3.0/operations/op1" }), made, made, mp4(pngBytes));
    const ordered = { id, model: "veo", object: "video", seconds: "8", size: "1280x720", prompt: "Waves" };
    expect(await client.videos.retrieve(id)).toMatchObject({ ...ordered, status: "in_progress" });
    expect(await client.videos.retrieve(id)).toMatchObject({ ...ordered, status: "completed", progress: 100 });
    const content = await client.videos.downloadContent(id);
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(pngBytes);
    expect(test.upstream.requests.slice(-2).map(({ method, path }) => ({ method, path }))).toEqual([
      { method: "GET", path: "/v1beta/models/veo-3.0/operations/op1" },
      { method: "GET", path: "/v1beta/files/f1:download?alt=media" },
    ]);
    expect(lastAsked()?.headers).toMatchObject({ authorization: "Bearer worker-token" });
  });

  it("is given back when it failed, which may be seen when its content is asked for", async () => {
    const id = await order("veo");
    const { requestId } = test.meter.settlements.at(-1) ?? {};
    test.upstream.plan(done({ error: { code: 13, message: "Internal." } }));
    await expect(client.videos.downloadContent(id)).rejects.toMatchObject({ status: 404, code: "video_not_ready" });
    expect(test.videos.givenBack.at(-1)).toBe(requestId);
  });

  it("cannot be deleted, and stays", async () => {
    const id = await order("veo");
    await expect(client.videos.delete(id)).rejects.toMatchObject({ status: 400, code: "unsupported_operation" });
    test.upstream.plan(made);
    expect((await client.videos.retrieve(id)).status).toBe("completed");
  });
});

describe("a gateway of the web's own interfaces", () => {
  const ports = () => ({
    admission: { authenticate: async () => testCaller },
    models: { list: async () => [], find: async (_caller: unknown, model: string) => test.plans.get(model) },
    meter: test.meter,
    clock: { now: () => new Date(0) },
    newRequestId: () => "req_web",
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const headers = { authorization: `Bearer ${testKey}`, "content-type": "application/json" };

  it("hands a video on", async () => {
    const handle = createWebGateway({ ...ports(), videos: test.videos });
    const id = await order();
    test.upstream.plan(mp4(pngBytes, { "content-length": String(pngBytes.length) }));
    const answer = await handle(new Request(`http://gateway.test/v1/videos/${id}/content`, { headers }));
    const [type, length] = [answer.headers.get("content-type"), answer.headers.get("content-length")];
    expect([answer.status, type, length]).toEqual([200, "video/mp4", String(pngBytes.length)]);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(pngBytes);
  });

  it("orders none where none can be remembered", async () => {
    const handle = createWebGateway(ports());
    const before = test.upstream.requests.length;
    const body = JSON.stringify({ model: "film", prompt: "Waves" });
    const answer = await handle(new Request("http://gateway.test/v1/videos", { method: "POST", headers, body }));
    expect(await answer.json()).toMatchObject({ error: { code: "unsupported_operation" } });
    const look = await handle(new Request("http://gateway.test/v1/videos/video_1", { headers }));
    expect([answer.status, look.status, test.upstream.requests.length]).toEqual([400, 404, before]);
  });
});
