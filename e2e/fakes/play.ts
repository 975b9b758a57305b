import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Behaviour } from "./behaviour.ts";
import type { CallEnd } from "./journal.ts";
import type { FakeEvent, Reply } from "./reply.ts";
import { nothingWritten, usageOf, wholeOutput, withWritten } from "./usage.ts";
import { frameEvent, openWire, padded, type Wire } from "./wire.ts";

export interface Stage {
  response: ServerResponse;
  behaviour: Behaviour;
  /** Headers of every answer of the provider. */
  headers: Record<string, string>;
  /** Writes how the call ended; the first time counts. */
  end(end: CallEnd): void;
  /** Resolves when stalled answers may go on. */
  released(): Promise<void>;
  errorEvent(): FakeEvent;
}

/** Waits, but not longer than the client does. */
export const pause = async (ms: number | undefined, closed: Promise<void>): Promise<void> => {
  if (ms === undefined || ms === 0) return;
  const stop = new AbortController();
  await Promise.race([closed, delay(ms, undefined, { signal: stop.signal }).catch(() => undefined)]);
  stop.abort();
};

/** Counts what has left, and says how the call ended. */
const tallyFor = ({ end, response, behaviour }: Stage, { usage, status = 200 }: Reply) => {
  const written = { ...nothingWritten };
  let usageReported = false;
  const close = (outcome: CallEnd["outcome"], fault: string | null): void => {
    const partial = withWritten(usage, written);
    const billed = outcome === "finished" || behaviour.usage === "zero" ? usage : partial;
    end({
      status: response.headersSent ? status : null,
      outcome,
      fault,
      usage: billed,
      planned: usage,
      written,
      usageReported,
    });
  };
  return {
    count(event: FakeEvent): void {
      const { text = 0, reasoning = 0, audio = 0, image = 0 } = event.written ?? {};
      written.text += text;
      written.reasoning += reasoning;
      written.audio += audio;
      written.image += image;
      usageReported ||= event.reportsUsage === true;
    },
    close,
  };
};

/** Breaks the answer off before the event at this place, if it shall. True: it is over. */
const breakOff = async (
  stage: Stage,
  at: { place: number; last: number },
  close: (outcome: CallEnd["outcome"], fault: string) => void,
  wire: Wire,
  form: Extract<Reply, { kind: "events" }>["form"],
): Promise<boolean> => {
  const { errorEvent, truncate, stall } = stage.behaviour;
  // A fault behind the last event strikes before it: an answer that is complete is not broken.
  const isAt = (afterEvents: number): boolean => Math.min(afterEvents, at.last) === at.place;
  if (stall !== undefined && isAt(stall.afterEvents)) await Promise.race([stage.released(), wire.closed]);
  if (wire.isGone()) return false;
  if (truncate !== undefined && isAt(truncate.afterEvents)) {
    close("fault", "truncate");
    if (truncate.how === "reset") wire.reset();
    else wire.end();
    return true;
  }
  if (errorEvent !== undefined && isAt(errorEvent.afterEvents)) {
    close("fault", "errorEvent");
    const place = { isFirst: at.place === 0, isLast: true };
    await wire.write(frameEvent(stage.errorEvent(), form, place, stage.behaviour));
    wire.end();
    return true;
  }
  return false;
};

const playEvents = async (stage: Stage, reply: Extract<Reply, { kind: "events" }>, wire: Wire): Promise<void> => {
  const { latencyMs = {}, framing: { joined = 1 } = {} } = stage.behaviour;
  const tally = tallyFor(stage, reply);
  const last = reply.events.length - 1;
  let held: FakeEvent[] = [];
  for (const [place, event] of reply.events.entries()) {
    await pause(place === 0 ? latencyMs.firstEvent : latencyMs.between, wire.closed);
    if (await breakOff(stage, { place, last }, tally.close, wire, reply.form)) return;
    if (wire.isGone()) return tally.close("client_gone", null);
    held.push(event);
    if (held.length < joined && place !== last) continue;
    const from = place - held.length + 1;
    const framed = held.map((one, at) => {
      tally.count(one);
      return frameEvent(one, reply.form, { isFirst: from + at === 0, isLast: from + at === last }, stage.behaviour);
    });
    held = [];
    if (place === last) tally.close("finished", null);
    await wire.write(framed.join(""));
  }
  wire.end();
};

const playBytes = async (stage: Stage, reply: Reply, bytes: Uint8Array, wire: Wire): Promise<void> => {
  const { latencyMs = {}, truncate, stall } = stage.behaviour;
  const tally = tallyFor(stage, reply);
  const half = Math.floor(bytes.length / 2);
  await pause(latencyMs.firstEvent, wire.closed);
  if (truncate !== undefined || stall !== undefined) await wire.write(bytes.subarray(0, half));
  if (await breakOff(stage, { place: 0, last: 0 }, tally.close, wire, "sse")) return;
  if (wire.isGone()) return tally.close("client_gone", null);
  tally.count({
    data: "",
    written: wholeOutput(reply.usage),
    reportsUsage: reply.kind === "json" && reply.reportsUsage,
  });
  tally.close("finished", null);
  await wire.write(stall === undefined ? bytes : bytes.subarray(half));
  wire.end();
};

/** Plays an answer to the client with every fault that the behaviour holds. */
export const play = async (stage: Stage, reply: Reply): Promise<void> => {
  const { response, behaviour, headers } = stage;
  const wire = openWire(response, behaviour);
  const common = {
    ...headers,
    ...reply.headers,
    ...(behaviour.compress ? { "content-encoding": behaviour.compress } : {}),
  };
  const status = reply.status ?? 200;
  if (reply.kind === "events") {
    const contentType = reply.form === "sse" ? "text/event-stream; charset=utf-8" : "application/json; charset=UTF-8";
    response.writeHead(status, { ...common, "content-type": contentType, "cache-control": "no-cache" });
    response.flushHeaders();
    return playEvents(stage, reply, wire);
  }
  const bytes = reply.kind === "bytes" ? reply.bytes : Buffer.from(JSON.stringify(padded(reply.body, behaviour)));
  const contentType = reply.kind === "bytes" ? reply.contentType : "application/json";
  const length = behaviour.compress ? {} : { "content-length": String(bytes.length) };
  response.writeHead(status, {
    ...common,
    ...(behaviour.truncate?.how === "end" ? {} : length),
    "content-type": contentType,
  });
  await playBytes(stage, reply, bytes, wire);
};

/** Plays exactly the bytes of a script. */
export const playRaw = async (stage: Stage, raw: NonNullable<Behaviour["raw"]>): Promise<void> => {
  const { response, behaviour, headers, end } = stage;
  const { latencyMs = {} } = behaviour;
  const usage = usageOf(raw.usage);
  const written = wholeOutput(usage);
  const wire = openWire(response, behaviour);
  response.writeHead(raw.status, { "content-type": "text/event-stream", ...headers, ...raw.headers });
  response.flushHeaders();
  end({ status: raw.status, outcome: "fault", fault: "raw", usage, planned: usage, written, usageReported: false });
  for (const [place, piece] of raw.pieces.entries()) {
    await pause(place === 0 ? latencyMs.firstEvent : latencyMs.between, wire.closed);
    if (behaviour.stall?.afterEvents === place) await Promise.race([stage.released(), wire.closed]);
    if (behaviour.truncate?.afterEvents === place && behaviour.truncate.how === "reset") return wire.reset();
    await wire.write(piece);
  }
  wire.end();
};
