import type { ModelLease, ModelPlan, ModelRoute, ModelServer, RouteTimeouts } from "@llm-tuner/gateway/ports.ts";
import { catalogueEntry } from "../catalogue/catalogue.ts";
import { requestHeadersOf } from "../connections/connection.ts";
import { isPattern, type Offer } from "./offers.ts";

function timeoutsOf(offer: Offer): Partial<RouteTimeouts> {
  const { first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms } = offer;
  return {
    ...(first_byte_timeout_ms === null ? {} : { firstByteTimeoutMs: first_byte_timeout_ms }),
    ...(idle_timeout_ms === null ? {} : { idleTimeoutMs: idle_timeout_ms }),
    ...(total_timeout_ms === null ? {} : { totalTimeoutMs: total_timeout_ms }),
  };
}

/** Nothing has to be started at a provider, and nothing is held there. */
const newLease = ({ connection }: Offer): ModelLease => ({
  origin: new URL(connection.baseUrl),
  headers: requestHeadersOf(connection),
  release: () => undefined,
});

// An offer stays the same object until something changes; its lease holds nothing that belongs to one request.
const leases = new WeakMap<Offer, ModelLease>();

const leaseOf = (offer: Offer): ModelLease => {
  const lease = leases.get(offer) ?? newLease(offer);
  leases.set(offer, lease);
  return lease;
};

/** A name that a pattern lets through has its own price, unless the pattern's entry names another. */
const priceModelOf = ({ model, price_model }: Offer, requested: string): string =>
  isPattern(model) && price_model === model ? requested : price_model;

/** The way to a model on offer; `requested` is its name at the provider, which a pattern leaves open. */
const routeOf = (offer: Offer, requested: string): ModelRoute => {
  const lease = leaseOf(offer);
  const upstreamModel = isPattern(offer.model) ? requested : offer.model;
  return {
    deployment: offer.id,
    provider: offer.connection.provider,
    adapter: offer.connection.kind,
    upstreamModel,
    priceModel: priceModelOf(offer, requested),
    maxOutputTokens:
      offer.max_output_tokens ?? catalogueEntry(offer.connection.kind, upstreamModel)?.max_output_tokens ?? null,
    onDisconnect: { whole: offer.on_disconnect_whole, stream: offer.on_disconnect_stream },
    timeouts: timeoutsOf(offer),
    acquire(signal) {
      signal.throwIfAborted();
      return lease;
    },
  };
};

/** Where something was made that is to be asked for again, whether or not more of it may be made. */
export const serverOf = (offer: Offer): ModelServer => routeOf(offer, offer.model);

/** One step in which the connections share the load; undefined when there is none. */
export const planOf = (offers: readonly Offer[], requested: string): ModelPlan | undefined =>
  offers.length === 0
    ? undefined
    : { steps: [offers.map((offer) => ({ route: routeOf(offer, requested), weight: 1 }))] };
