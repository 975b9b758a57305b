/** Bounds of one request. Every value has a default; see `defaultGatewayOptions`. */
export interface GatewayOptions {
  /** Largest request body in bytes; beyond it the answer is 413. */
  maxRequestBytes: number;
  /** Deepest nesting of a request body; beyond it the answer is 400. */
  maxRequestDepth: number;
  /** Largest answer of a provider that is not streamed, in bytes; beyond it the answer is 502. */
  maxAnswerBytes: number;
  /** Largest single event of a streamed answer in bytes, such as an image in base64. */
  maxEventBytes: number;
  /** Connections to one provider origin; further requests wait for a free one. */
  maxConnectionsPerOrigin: number;
  connectTimeoutMs: number;
  /** From the sent request to the first piece of the answer. Without streaming the whole generation lies in it. */
  firstByteTimeoutMs: number;
  /**
   * Longest silence of a provider within an answer. Comments are no silence: models that think long are kept alive by them,
   * and a provider that sends nothing else is ended by `totalTimeoutMs`, or before its first event by `firstByteTimeoutMs`.
   */
  idleTimeoutMs: number;
  /** From the sent request to the end of the answer. */
  totalTimeoutMs: number;
  /** Longest that an answer is read to its end for the bill after its client has gone. */
  drainTimeoutMs: number;
  /** Answers that may be read on for the bill at once; further ones are broken off. */
  maxDrains: number;
  /** Exchanges with providers for one request, retries and fallbacks together. */
  maxAttempts: number;
  /** Failures in a row after which a deployment rests. */
  failuresBeforeCooldown: number;
  /** How long it rests, unless the provider said how long. */
  cooldownMs: number;
  /** A comment is sent to the client of a stream after so long a silence, so that proxies keep the connection. */
  keepAliveIntervalMs: number;
  /** A client that takes no data for so long has gone away. */
  clientStallTimeoutMs: number;
}

export const defaultGatewayOptions: GatewayOptions = {
  maxRequestBytes: 20 * 1024 * 1024,
  maxRequestDepth: 128,
  maxAnswerBytes: 64 * 1024 * 1024,
  maxEventBytes: 32 * 1024 * 1024,
  maxConnectionsPerOrigin: 256,
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 300_000,
  idleTimeoutMs: 120_000,
  totalTimeoutMs: 1_800_000,
  drainTimeoutMs: 60_000,
  maxDrains: 64,
  maxAttempts: 4,
  failuresBeforeCooldown: 3,
  cooldownMs: 15_000,
  keepAliveIntervalMs: 15_000,
  clientStallTimeoutMs: 120_000,
};
