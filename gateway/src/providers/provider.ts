import type { GatewayError } from "../errors.ts";
import type { MeasuredUsage } from "../meter/usage.ts";
import type { ModelLease, ModelRoute } from "../ports.ts";
import type { CompletionCall } from "../receive/completion-call.ts";
import type { UpstreamHeaders, UpstreamRequest } from "./upstream.ts";

/**
 * Turns a provider's streamed answer into the client's, synchronously: bytes in, bytes out. When it is `done` or `failed`
 * it takes nothing more; what comes after is of no interest to the client.
 */
export interface StreamTranslator {
  /** Bytes for the client that these bytes of the provider complete; may be empty. */
  push(chunk: Uint8Array): Uint8Array;
  /** The provider's answer ended properly: the rest for the client. */
  end(): Uint8Array;
  state(): "open" | "done" | "failed";
  /** Why it is `failed`. */
  error(): GatewayError | undefined;
  usage(): MeasuredUsage;
}

/** A wire format that models are reached by. Its four steps are pure; the transport is somebody else's. */
export interface Provider {
  buildRequest(args: {
    call: CompletionCall;
    route: ModelRoute;
    lease: ModelLease;
    requestId: string;
  }): UpstreamRequest;
  /** A whole answer of status 200. Throws a `GatewayError` when it is no answer. */
  readAnswer(call: CompletionCall, body: Uint8Array): { bytes: Uint8Array; usage: MeasuredUsage };
  /** An answer that is not a success, told to the client as its own fault, the provider's, or a limit. */
  readError(args: { status: number; headers: UpstreamHeaders; body: Uint8Array }): GatewayError;
  translateStream(call: CompletionCall, maxEventBytes: number): StreamTranslator;
}
