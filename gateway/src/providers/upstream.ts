/** One request to a provider. */
export interface UpstreamRequest {
  origin: URL;
  method: "GET" | "POST" | "DELETE";
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
  /** From the sent request to the provider's status line. */
  headersTimeoutMs: number;
  /** Longest silence within the answer. */
  idleTimeoutMs: number;
}

/** Headers of a provider's answer by lower-case name; of a repeated one, all values joined by a comma. */
export type UpstreamHeaders = Readonly<Record<string, string | undefined>>;

export type UpstreamFailureKind =
  | "unreachable"
  | "connect-timeout"
  | "first-byte-timeout"
  | "idle-timeout"
  | "total-timeout"
  | "disconnected"
  | "protocol";

/** Why an exchange broke off before its end. */
export interface UpstreamFailure {
  kind: UpstreamFailureKind;
  cause: unknown;
}

/**
 * Receives an answer: `onStart` once, `onData` any number of times, then `onEnd` or `onFailure` once. A failure may come
 * at any time, even during `send`. After `abort` nothing is called any more. Chunks belong to the listener.
 */
export interface UpstreamListener {
  onStart(status: number, headers: UpstreamHeaders): void;
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

export interface UpstreamControl {
  pause(): void;
  resume(): void;
  abort(): void;
}

/** How requests reach providers: `undici` on Node, `fetch` where only the web's interfaces exist. */
export interface Transport {
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamControl;
  /** Ends all connections; exchanges in progress fail. */
  close(): Promise<void>;
}
