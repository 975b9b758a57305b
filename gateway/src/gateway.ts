import { createNodeHandler, type NodeHandler } from "./hosts/node.ts";
import { defaultGatewayOptions, type GatewayOptions } from "./options.ts";
import { createEnvironment } from "./environment.ts";
import type { InProcessAnswer } from "./in-process.ts";
import { createPipeline } from "./pipeline.ts";
import type { GatewayCaller, GatewayPorts } from "./ports.ts";
import type { GatewayReply } from "./receive/exchange.ts";
import { createUndiciTransport } from "./providers/transport.ts";

export interface Gateway {
  /**
   * Answers a request to `/v1/…` of Node's `http` server, errors included: `(request, response, given?) => Promise<void>`.
   * The body must not have been read; headers set on `response` before are kept. Resolves when the answer is written
   * or the client has gone; never rejects.
   */
  handleNode: NodeHandler;
  /**
   * Asks for a chat completion from within the process, not streamed, for a caller who is already authenticated: scopes
   * are not looked at, everything else is as over HTTP, metering included. `body` is a `ChatCompletionRequest`.
   * An error comes as its status and body; rejects only with the reason of an aborted `signal`.
   */
  chat(caller: GatewayCaller, body: unknown, signal?: AbortSignal): Promise<InProcessAnswer>;
  /**
   * The same as a stream: `reply` is started when the first event has come, and takes server-sent events of chat completion
   * chunks. An error before that comes as the result's status and body, one after it as an event.
   */
  chatStream(caller: GatewayCaller, body: unknown, reply: GatewayReply, signal: AbortSignal): Promise<InProcessAnswer>;
  /** Ends all connections to providers; requests in progress fail. */
  close(): Promise<void>;
}

const neverAborted = (): AbortSignal => new AbortController().signal;

/** The gateway on Node. `options` override `defaultGatewayOptions` one by one. */
export const createGateway = ({ options, ...ports }: GatewayPorts & { options?: Partial<GatewayOptions> }): Gateway => {
  const allOptions = { ...defaultGatewayOptions, ...options };
  const transport = createUndiciTransport(allOptions);
  const pipeline = createPipeline(createEnvironment({ ports, transport, options: allOptions }));
  return {
    handleNode: createNodeHandler(pipeline),
    chat: (caller, body, signal = neverAborted()) => pipeline.inProcess({ caller, body, reply: undefined, signal }),
    chatStream: (caller, body, reply, signal) => pipeline.inProcess({ caller, body, reply, signal }),
    close: () => transport.close(),
  };
};
