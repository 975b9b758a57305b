import type { Agent } from "undici";
import type { RequestShape, Target } from "./orders.ts";

export interface Asked {
  /** Until the body held a whole event of a stream, or anything of another answer. */
  firstPieceMs: number;
  /** From then until anything more came; 0 when nothing did. */
  gapMs: number;
  totalMs: number;
}

const blankLine = Buffer.from("\n\n");
const streamEnd = Buffer.from("data: [DONE]");

/** A conversation of about that many bytes. */
export const bodyFor = (model: string, { bodyBytes, stream }: RequestShape): Buffer => {
  const messages = [{ role: "user", content: "" }];
  const frame = JSON.stringify({ model, messages, max_tokens: 256, stream }).length;
  const content = "word ".repeat(Math.ceil((bodyBytes - frame) / 5));
  return Buffer.from(JSON.stringify({ model, messages: [{ role: "user", content }], max_tokens: 256, stream }));
};

interface Ask {
  agent: Agent;
  target: Target;
  /** Which of the target's headers. */
  turn: number;
  body: Buffer;
  stream: boolean;
  /** Goes away after the first piece, as people do. */
  leaveEarly?: boolean;
  onPiece?: (piece: Buffer) => void;
}

/** One request, read to its end. Rejects for whatever is not a whole answer with status 200. */
export const ask = ({ agent, target, turn, body, stream, leaveEarly = false, onPiece }: Ask): Promise<Asked> => {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const headers = target.headers[turn % target.headers.length] ?? {};
  const startedMs = performance.now();
  let firstPieceMs = 0;
  let gapMs = 0;
  let last: Buffer = Buffer.alloc(0);
  let status = 0;
  agent.dispatch(
    {
      origin: target.origin,
      path: target.path,
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    },
    {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, received) => {
        status = received;
      },
      onResponseData: (controller, piece) => {
        onPiece?.(piece);
        // The last bytes may come alone: the end of a stream is looked for in the two last pieces.
        if (stream) last = piece.length < streamEnd.length * 2 ? Buffer.concat([last.subarray(-64), piece]) : piece;
        if (firstPieceMs > 0) {
          if (gapMs === 0) gapMs = performance.now() - startedMs - firstPieceMs;
          return;
        }
        if (status !== 200) return;
        if (stream && !last.includes(blankLine)) return;
        firstPieceMs = performance.now() - startedMs;
        if (!leaveEarly) return;
        resolve({ firstPieceMs, gapMs, totalMs: firstPieceMs });
        controller.abort(new Error("the client goes away"));
      },
      onResponseEnd: () => {
        if (status !== 200) reject(new Error(`${target.origin} answered with status ${status}.`));
        else if (stream && !last.includes(streamEnd)) reject(new Error(`${target.origin} cut a stream short.`));
        else resolve({ firstPieceMs, gapMs, totalMs: performance.now() - startedMs });
      },
      onResponseError: (_controller, error) => reject(error),
    },
  );
  return promise;
};
