import { createEnvironment } from "./environment.ts";
import { createFetchTransport } from "./hosts/fetch-transport.ts";
import { createWebHandler, type WebHandler } from "./hosts/web.ts";
import { defaultGatewayOptions, type GatewayOptions } from "./options.ts";
import { createPipeline } from "./pipeline.ts";
import type { GatewayPorts } from "./ports.ts";

/**
 * The gateway where only the web's interfaces exist: Workers, Firebase, Lambda. The same steps as on Node, on `fetch`.
 * `options` override `defaultGatewayOptions` one by one.
 */
export const createWebGateway = ({
  options,
  fetch: send = fetch,
  ...ports
}: GatewayPorts & { options?: Partial<GatewayOptions>; fetch?: typeof fetch }): WebHandler => {
  const allOptions = { ...defaultGatewayOptions, ...options };
  const transport = createFetchTransport(send);
  return createWebHandler(createPipeline(createEnvironment({ ports, transport, options: allOptions })));
};
