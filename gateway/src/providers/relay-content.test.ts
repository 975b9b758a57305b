import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GatewayError } from "../errors.ts";
import { encodeText } from "../json.ts";
import type { GatewayReply } from "../receive/exchange.ts";
import { relayContent } from "./relay-content.ts";
import type { Transport, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "./upstream.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const request: UpstreamRequest = {
  origin: new URL("http://provider.test"),
  method: "GET",
  path: "/film",
  headers: {},
  body: null,
  headersTimeoutMs: 1_000,
  idleTimeoutMs: 1_000,
};
const mp4: UpstreamHeaders = { "content-type": "video/mp4", "content-length": "6" };

/** A relay between a provider and a client that do what the test says, with a record of what they were told. */
const relay = ({ signal = new AbortController().signal } = {}) => {
  const told: string[] = [];
  let listener: UpstreamListener | undefined;
  let onDrain = (): void => undefined;
  const client = { isFull: false };
  const transport: Transport = {
    send(_request, given) {
      listener = given;
      return {
        pause: () => void told.push("pause"),
        resume: () => void told.push("resume"),
        abort: () => void told.push("abort"),
      };
    },
    close: async () => undefined,
  };
  const reply: GatewayReply = {
    start: (status, headers) => void told.push(`start ${status} ${JSON.stringify(headers)}`),
    write(bytes) {
      told.push(`write ${bytes.length}`);
      return !client.isFull;
    },
    onDrain: (given) => void (onDrain = given),
    end: () => void told.push("end"),
    breakOff: () => void told.push("break off"),
  };
  const relayed: Promise<unknown> = relayContent({
    transport,
    request,
    reply,
    readError: ({ status, body }) =>
      new GatewayError({ status, code: "told", type: "server_error", message: `${body.length}`, retryable: false }),
    options: { clientStallTimeoutMs: 5_000 },
    totalTimeoutMs: 60_000,
    signal,
    headers: () => ({ "x-request-id": "req_7" }),
  }).catch((error: unknown) => error);
  const provider = (): UpstreamListener => {
    if (listener === undefined) throw new Error("the provider was not asked");
    return listener;
  };
  return { told, client, relayed, provider, drain: () => onDrain(), wasAsked: () => listener !== undefined };
};

describe("a file that is relayed", () => {
  it("goes on piece by piece, with its type and length", async () => {
    const { told, provider, relayed } = relay();
    provider().onStart(200, { ...mp4, "accept-ranges": "bytes", server: "nginx", "set-cookie": "a=b" });
    provider().onData(encodeText("abc"));
    provider().onData(encodeText("def"));
    provider().onEnd();
    expect(await relayed).toEqual({});
    const headers = '{"x-request-id":"req_7","content-length":"6","accept-ranges":"bytes","content-type":"video/mp4"}';
    expect(told).toEqual([`start 200 ${headers}`, "write 3", "write 3", "end", "abort"]);
  });

  it("goes on as the part that was asked for", async () => {
    const { told, provider } = relay();
    provider().onStart(206, { ...mp4, "content-range": "bytes 0-5/9" });
    expect(told[0]).toContain('start 206 {"x-request-id":"req_7","content-length":"6","content-range":"bytes 0-5/9"');
  });

  it.each(["text/html", "image/svg+xml", "video/mp4; codecs=x", "", undefined])(
    "of the type %s cannot be taken for a page of this server",
    (type) => {
      const { told, provider } = relay();
      provider().onStart(200, { "content-type": type });
      expect(told[0]).toContain('"content-type":"application/octet-stream"');
    },
  );

  it("waits for a client that takes it slowly", async () => {
    const { told, client, provider, drain, relayed } = relay();
    provider().onStart(200, mp4);
    client.isFull = true;
    provider().onData(encodeText("abc"));
    // What was under way before the provider heard of it.
    provider().onData(encodeText("de"));
    expect(told.slice(1)).toEqual(["write 3", "pause", "write 2"]);
    client.isFull = false;
    drain();
    vi.advanceTimersByTime(10_000);
    provider().onData(encodeText("f"));
    provider().onEnd();
    expect(await relayed).toEqual({});
    expect(told.slice(4)).toEqual(["resume", "write 1", "end", "abort"]);
  });

  it("ends at the provider when its client takes nothing any more", async () => {
    const { told, client, provider, relayed } = relay();
    provider().onStart(200, mp4);
    client.isFull = true;
    provider().onData(encodeText("abc"));
    vi.advanceTimersByTime(5_000);
    expect(await relayed).toEqual({});
    expect(told.slice(-2)).toEqual(["break off", "abort"]);
  });

  it("ends at the provider when its client goes away, and is not asked for when it went before", async () => {
    const abort = new AbortController();
    const { told, provider, relayed } = relay(abort);
    provider().onStart(200, mp4);
    abort.abort();
    expect(await relayed).toEqual({});
    expect(told.slice(1)).toEqual(["break off", "abort"]);
    const late = relay(abort);
    expect(await late.relayed).toEqual({});
    expect(late.wasAsked()).toBe(false);
  });

  it("is broken off when the provider breaks it off or takes too long", async () => {
    const cut = relay();
    cut.provider().onStart(200, mp4);
    cut.provider().onFailure({ kind: "disconnected", cause: undefined });
    expect(await cut.relayed).toMatchObject({ brokenOffBy: { code: "provider_disconnected" } });
    expect(cut.told.slice(1)).toEqual(["break off", "abort"]);
    const slow = relay();
    slow.provider().onStart(200, mp4);
    vi.advanceTimersByTime(60_000);
    expect(await slow.relayed).toMatchObject({ brokenOffBy: { code: "provider_timeout" } });
  });

  it("is refused with what the provider says, and nothing is sent", async () => {
    const { told, provider, relayed } = relay();
    provider().onStart(404, {});
    provider().onData(encodeText("gone"));
    provider().onEnd();
    expect(await relayed).toMatchObject({ status: 404, code: "told", message: "4" });
    expect(told).toEqual(["abort"]);
  });

  it("is refused when it comes compressed, or as an error without end", async () => {
    const compressed = relay();
    compressed.provider().onStart(200, { ...mp4, "content-encoding": "gzip" });
    expect(await compressed.relayed).toMatchObject({ status: 502 });
    const endless = relay();
    endless.provider().onStart(500, {});
    endless.provider().onData(new Uint8Array(300_000));
    expect(await endless.relayed).toMatchObject({ status: 502, code: "provider_invalid_answer" });
  });

  it("is not followed where it lies elsewhere, but said to be there", async () => {
    const { told, provider, relayed } = relay();
    provider().onStart(302, { location: "https://elsewhere.test/film" });
    expect(await relayed).toEqual({ redirectedTo: "https://elsewhere.test/film" });
    expect(told).toEqual(["abort"]);
  });
});
