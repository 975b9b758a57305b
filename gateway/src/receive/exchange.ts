/** A request as a host hands it to the core; no stream type of any platform lies in it. */
export interface GatewayRequest {
  method: string;
  /** Path and query as sent. */
  url: string;
  /** Value of a header by its lower-case name. */
  header(name: string): string | undefined;
  /** Reads the body once. Throws `requestTooLarge()` beyond the limit. */
  readBody(limitBytes: number): Promise<Uint8Array>;
  /** Aborted when the client goes away before the answer is complete. */
  signal: AbortSignal;
  /** Where the host has a name for the request already. */
  requestId?: string | undefined;
}

/** Where the core puts its answer: `start` once, `write` any number of times, then `end` or `breakOff` once. */
export interface GatewayReply {
  start(status: number, headers: Readonly<Record<string, string>>): void;
  /** False when the client takes data more slowly than it comes: write again after the drain listener was called. */
  write(bytes: Uint8Array): boolean;
  onDrain(listener: () => void): void;
  end(bytes?: Uint8Array): void;
  /** Cuts the connection, so that the client cannot take what it has for the whole. */
  breakOff(): void;
}
