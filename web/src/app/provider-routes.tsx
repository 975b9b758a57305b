import { createRoute } from "@tanstack/react-router";
import { PriceFilters } from "../features/admin/prices/price-filters.ts";
import { ModelFilters } from "../features/admin/providers/model-filters.ts";
import { admin } from "./frame-routes.tsx";
import { ConnectionPage, ConnectionsPage, PricesPage, RoutesPage } from "./pages.ts";

const providers = createRoute({ getParentRoute: () => admin, path: "/providers", component: ConnectionsPage });

const provider = createRoute({
  getParentRoute: () => admin,
  path: "/providers/$connectionId",
  validateSearch: ModelFilters,
  loader: () => ConnectionPage.preload?.(),
  component: () => {
    const navigate = provider.useNavigate();
    const { connectionId } = provider.useParams();
    return (
      <ConnectionPage
        key={connectionId}
        connectionId={connectionId}
        filters={provider.useSearch()}
        onFilters={(search) =>
          void navigate({ to: "/admin/providers/$connectionId", params: { connectionId }, search, replace: true })
        }
      />
    );
  },
});

const routes = createRoute({ getParentRoute: () => admin, path: "/routes", component: RoutesPage });

const prices = createRoute({
  getParentRoute: () => admin,
  path: "/prices",
  validateSearch: PriceFilters,
  loader: () => PricesPage.preload?.(),
  component: () => {
    const navigate = prices.useNavigate();
    return (
      <PricesPage
        filters={prices.useSearch()}
        onFilters={(search) => void navigate({ to: "/admin/prices", search, replace: true })}
      />
    );
  },
});

/** How models of providers are reached and what they cost: for administrators. */
export const providerRoutes = [providers, provider, routes, prices] as const;
