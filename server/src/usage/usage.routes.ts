import { endPrice, listMissingPrices, listPrices, rateMissing, setPrice } from "@llm-tuner/contract/prices.ts";
import * as contract from "@llm-tuner/contract/usage.ts";
import type { AccountsModule } from "../accounts/accounts.module.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { createRateMissing } from "./prices/rate-missing.ts";
import type { PriceUsecases } from "./prices/prices.usecases.ts";
import { groupsCsv, requestsCsv } from "./reports/csv.ts";
import type { ReportUsecases } from "./reports/reports.usecases.ts";
import type { RequestUsecases } from "./requests/requests.usecases.ts";

interface UsageRoutesDependencies {
  requests: RequestUsecases;
  reports: ReportUsecases;
  prices: PriceUsecases;
  rateMissing: ReturnType<typeof createRateMissing>;
  audit: AccountsModule["audit"];
}

const csvHeaders = (name: string) => ({
  "content-type": "text/csv; charset=utf-8",
  "content-disposition": `attachment; filename="${name}.csv"`,
});

const ownRoutes = ({ requests, reports }: UsageRoutesDependencies): readonly Route[] => [
  route(contract.getUsage, async ({ caller, query }) => ({
    status: 200,
    body: await reports.report(caller.userId, query),
  })),
  route(contract.exportUsage, async ({ caller, query }) => ({
    status: 200,
    headers: csvHeaders("usage"),
    body: groupsCsv((await reports.report(caller.userId, query)).groups),
  })),
  route(contract.listUsageRequests, async ({ caller, query }) => ({
    status: 200,
    body: await requests.list(caller.userId, query),
  })),
  route(contract.exportUsageRequests, async ({ caller, query }) => ({
    status: 200,
    headers: csvHeaders("requests"),
    body: await requestsCsv(requests.all(caller.userId, query), "me"),
  })),
  route(contract.getUsageRequest, async ({ caller, params }) => ({
    status: 200,
    body: await requests.explain(params.id, caller.userId),
  })),
];

const adminRoutes = ({ requests, reports, audit }: UsageRoutesDependencies): readonly Route[] => [
  route(contract.getAllUsage, async ({ query }) => ({ status: 200, body: await reports.report(null, query) })),
  route(contract.exportAllUsage, async ({ query }) => {
    const { groups } = await reports.report(null, query);
    await audit.note({ action: "admin.usage_exported", details: { of: "groups", group_by: query.group_by } });
    return { status: 200, headers: csvHeaders("usage"), body: groupsCsv(groups) };
  }),
  route(contract.listAllUsageRequests, async ({ query }) => ({ status: 200, body: await requests.list(null, query) })),
  route(contract.exportAllUsageRequests, async ({ query }) => {
    const body = await requestsCsv(requests.all(null, query), "everybody");
    const filters = Object.entries(query).map(([name, value]) => `${name}=${value}`);
    await audit.note({ action: "admin.usage_exported", details: { of: "requests", filters } });
    return { status: 200, headers: csvHeaders("requests"), body };
  }),
  route(contract.getAnyUsageRequest, async ({ params }) => ({
    status: 200,
    body: await requests.explain(params.id, null),
  })),
  route(contract.adjustUsageRequest, async ({ params, body }) => ({
    status: 200,
    body: await requests.adjust(params.id, body),
  })),
];

const priceRoutes = ({ prices, requests, rateMissing: rate }: UsageRoutesDependencies): readonly Route[] => [
  route(listPrices, async ({ query }) => ({ status: 200, body: await prices.list(query) })),
  route(setPrice, async ({ body }) => ({ status: 201, body: await prices.set(body) })),
  route(endPrice, async ({ params }) => ({ status: 200, body: await prices.end(params.id) })),
  route(listMissingPrices, async () => ({ status: 200, body: { models: await requests.listMissingPrices() } })),
  route(rateMissing, async ({ body }) => ({ status: 200, body: await rate(body) })),
];

export const createUsageRoutes = (dependencies: UsageRoutesDependencies): readonly Route[] => [
  ...ownRoutes(dependencies),
  ...adminRoutes(dependencies),
  ...priceRoutes(dependencies),
];
