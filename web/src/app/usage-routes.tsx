import { createRoute } from "@tanstack/react-router";
import { OverviewSearch, RequestSearch } from "../features/usage/usage-search.ts";
import { admin, framed, goTo } from "./frame-routes.tsx";
import { OverviewPage, RequestPage, RequestsPage } from "./pages.ts";
import { AdminUsageSection, UsageSection } from "./sections.tsx";

const usage = createRoute({ getParentRoute: () => framed, path: "/usage", component: UsageSection });
const usageHome = createRoute({ getParentRoute: () => usage, path: "/", beforeLoad: goTo("/usage/overview") });
const usageOverview = createRoute({
  getParentRoute: () => usage,
  path: "/overview",
  validateSearch: OverviewSearch,
  loader: () => OverviewPage.preload?.(),
  component: () => {
    const navigate = usageOverview.useNavigate();
    return (
      <OverviewPage
        of="me"
        search={usageOverview.useSearch()}
        onSearch={(search) => void navigate({ to: "/usage/overview", search, replace: true })}
      />
    );
  },
});
const usageRequests = createRoute({
  getParentRoute: () => usage,
  path: "/requests",
  validateSearch: RequestSearch,
  loader: () => RequestsPage.preload?.(),
  component: () => {
    const navigate = usageRequests.useNavigate();
    return (
      <RequestsPage
        of="me"
        search={usageRequests.useSearch()}
        onSearch={(search) => void navigate({ to: "/usage/requests", search, replace: true })}
      />
    );
  },
});
const usageRequest = createRoute({
  getParentRoute: () => usage,
  path: "/requests/$requestId",
  loader: () => RequestPage.preload?.(),
  component: () => <RequestPage of="me" requestId={usageRequest.useParams().requestId} />,
});

const adminUsage = createRoute({ getParentRoute: () => admin, path: "/usage", component: AdminUsageSection });
const adminUsageHome = createRoute({
  getParentRoute: () => adminUsage,
  path: "/",
  beforeLoad: goTo("/admin/usage/overview"),
});
const adminUsageOverview = createRoute({
  getParentRoute: () => adminUsage,
  path: "/overview",
  validateSearch: OverviewSearch,
  loader: () => OverviewPage.preload?.(),
  component: () => {
    const navigate = adminUsageOverview.useNavigate();
    return (
      <OverviewPage
        of="everybody"
        search={adminUsageOverview.useSearch()}
        onSearch={(search) => void navigate({ to: "/admin/usage/overview", search, replace: true })}
      />
    );
  },
});
const adminUsageRequests = createRoute({
  getParentRoute: () => adminUsage,
  path: "/requests",
  validateSearch: RequestSearch,
  loader: () => RequestsPage.preload?.(),
  component: () => {
    const navigate = adminUsageRequests.useNavigate();
    return (
      <RequestsPage
        of="everybody"
        search={adminUsageRequests.useSearch()}
        onSearch={(search) => void navigate({ to: "/admin/usage/requests", search, replace: true })}
      />
    );
  },
});
const adminUsageRequest = createRoute({
  getParentRoute: () => adminUsage,
  path: "/requests/$requestId",
  loader: () => RequestPage.preload?.(),
  component: () => <RequestPage of="everybody" requestId={adminUsageRequest.useParams().requestId} />,
});

/** One's own usage. */
export const usageRoutes = usage.addChildren([usageHome, usageOverview, usageRequests, usageRequest]);

/** Everybody's. */
export const adminUsageRoutes = adminUsage.addChildren([
  adminUsageHome,
  adminUsageOverview,
  adminUsageRequests,
  adminUsageRequest,
]);
