import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import { Agent } from "undici";
import { afterEach, expect, it } from "vitest";
import { ask, bodyFor } from "./ask.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function asking(
  answer: (response: ServerResponse) => void,
  options: { leaveEarly?: boolean; onPiece?: () => void } = {},
) {
  const server = createServer((_request, response) => answer(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const agent = new Agent();
  closers.push(async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const target = { origin: `http://127.0.0.1:${address.port}`, path: "/", model: "m", headers: [{}] };
  return ask({ agent, target, turn: 0, body: Buffer.from("{}"), stream: true, ...options });
}

const event = 'data: {"a":1}\n\n';

it("makes bodies of the length that is asked for", () => {
  for (const bodyBytes of [1000, 100_000]) {
    const body = bodyFor("model", { bodyBytes, stream: true });
    expect(Math.abs(body.length - bodyBytes)).toBeLessThan(6);
    expect(JSON.parse(body.toString())).toMatchObject({ model: "model", stream: true });
  }
});

it("counts the first piece of a stream when a whole event is there, not when its headers or half of it are", async () => {
  const halfArrived = Promise.withResolvers<undefined>();
  const arrivals: number[] = [];
  const answer = (response: ServerResponse) => {
    response.writeHead(200).flushHeaders();
    response.write(event.slice(0, 5));
    void halfArrived.promise.then(() => response.end(`${event.slice(5)}data: [DONE]\n\n`));
  };
  const onPiece = () => {
    arrivals.push(performance.now());
    halfArrived.resolve(undefined);
  };
  const { firstPieceMs, gapMs, totalMs } = await asking(answer, { onPiece });
  const [half = Number.NaN, whole = Number.NaN] = arrivals;
  // What lay between the arrivals must lie before the first piece: its own clock began before the first of them.
  expect(firstPieceMs).toBeGreaterThanOrEqual(whole - half);
  expect(firstPieceMs).toBeLessThanOrEqual(totalMs);
  expect(gapMs).toBe(0);
});

it("says how long the second piece was behind the first", async () => {
  const arrivals: number[] = [];
  const firstArrived = Promise.withResolvers<undefined>();
  const onPiece = () => {
    arrivals.push(performance.now());
    firstArrived.resolve(undefined);
  };
  const answer = (response: ServerResponse) => {
    response.write(event);
    void firstArrived.promise.then(() => response.end("data: [DONE]\n\n"));
  };
  const { gapMs } = await asking(answer, { onPiece });
  const [first = Number.NaN] = arrivals;
  expect(gapMs).toBeGreaterThan(0);
  expect(gapMs).toBeLessThanOrEqual(performance.now() - first);
});

it("takes a stream without its end for a failure, and one whose end comes in pieces for whole", async () => {
  await expect(asking((response) => void response.end(event))).rejects.toThrow("cut a stream short");
  const whole = asking((response) => {
    response.write(`${event}data: [DO`, () => setImmediate(() => response.end("NE]\n\n")));
  });
  await expect(whole).resolves.toMatchObject({ firstPieceMs: expect.any(Number) });
});

it("takes any status but 200 for a failure", async () => {
  const refused = asking((response) => void response.writeHead(429).end("data: [DONE]\n\n"));
  await expect(refused).rejects.toThrow("status 429");
});

it("goes away after the first piece where it is told so", async () => {
  const closed = Promise.withResolvers<boolean>();
  await asking(
    (response) => {
      response.on("close", () => closed.resolve(response.writableFinished));
      response.write(event);
    },
    { leaveEarly: true },
  );
  await expect(closed.promise).resolves.toBe(false);
});
