import type { ProviderKind } from "@llm-tuner/contract/providers.ts";
import type { Connection } from "./connections/connection.ts";
import type { ModelRouteRow } from "./model-routes/model-routes.store.ts";
import { isAvailable, isPattern, type Offer } from "./offered/offers.ts";

/** What there is at one moment, to be asked by name. Pure; made anew when something changed. */
export interface Directory {
  connections: readonly Connection[];
  offers: readonly Offer[];
  routes: readonly ModelRouteRow[];
  connection: (id: string) => Connection | undefined;
  offer: (id: string) => Offer | undefined;
  /** By its public name, enabled or not. */
  route: (name: string) => ModelRouteRow | undefined;
  /** Whether something is reached by `word/…`. */
  isProviderWord: (word: string) => boolean;
  /** Models of that name that can be asked now and share the load: all of one provider. */
  offersNamed: (model: string) => readonly Offer[];
  /** The same at the connections that a word means: a connection's name, or a provider's. */
  offersAt: (word: string, model: string) => readonly Offer[];
}

/** Of providers with a model of the same name the first is asked; the others are reached by `provider/model`. */
const kindOrder: readonly ProviderKind[] = ["openai", "anthropic", "gemini", "openai-compatible"];

const byRank = ({ connection: first }: Offer, { connection: second }: Offer): number =>
  kindOrder.indexOf(first.kind) - kindOrder.indexOf(second.kind) ||
  first.provider.localeCompare(second.provider, "en") ||
  first.id.localeCompare(second.id, "en");

/** A connection that has the very name answers for it by that entry alone, also when the entry is switched off. */
function matching(offers: readonly Offer[], exact: readonly Offer[], model: string): Offer[] {
  const decided = new Set(exact.map(({ connection_id }) => connection_id));
  const available = exact.filter(isAvailable);
  if (available.length > 0) return available;
  const patterns = offers.filter(
    (offer) =>
      isPattern(offer.model) &&
      !decided.has(offer.connection_id) &&
      isAvailable(offer) &&
      model.startsWith(offer.model.slice(0, -1)),
  );
  const longest = Math.max(...patterns.map((offer) => offer.model.length));
  return patterns.filter((offer) => offer.model.length === longest);
}

function ofFirstProvider(offers: Offer[]): readonly Offer[] {
  const [first, ...others] = offers.sort(byRank);
  if (first === undefined) return [];
  return [first, ...others.filter(({ connection }) => connection.provider === first.connection.provider)];
}

export function createDirectory(content: Pick<Directory, "connections" | "offers" | "routes">): Directory {
  const { connections, offers, routes } = content;
  const connectionById = new Map(connections.map((connection) => [connection.id, connection]));
  const offerById = new Map(offers.map((offer) => [offer.id, offer]));
  const routeByName = new Map(routes.map((route) => [route.name, route]));
  const byName = Map.groupBy(offers, ({ model }) => model);
  const patterns = offers.filter(({ model }) => isPattern(model));
  const words = new Set(connections.flatMap(({ name, provider }) => [name, provider]));

  const isMeant = (word: string, { name, provider }: Connection): boolean => name === word || provider === word;

  return {
    ...content,
    connection: (id) => connectionById.get(id),
    offer: (id) => offerById.get(id),
    route: (name) => routeByName.get(name),
    isProviderWord: (word) => words.has(word),
    offersNamed: (model) => ofFirstProvider(matching(patterns, byName.get(model) ?? [], model)),
    offersAt(word, model) {
      const isThere = ({ connection }: Offer): boolean => isMeant(word, connection);
      return matching(patterns.filter(isThere), (byName.get(model) ?? []).filter(isThere), model);
    },
  };
}
