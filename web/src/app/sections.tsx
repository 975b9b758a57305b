import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { describeError } from "../api/describe-error.ts";
import { meQuery } from "../api/queries.ts";
import { EmptyState, Skeleton } from "../ui/card.tsx";
import { ErrorPanel } from "../ui/error-panel.tsx";
import { Page } from "../ui/page.tsx";
import { SectionTabs } from "../ui/section-tabs.tsx";

export const SettingsSection = () => (
  <Page title="Settings">
    <SectionTabs
      label="Settings"
      sections={[
        { to: "/settings/profile", word: "Profile" },
        { to: "/settings/sessions", word: "Sessions" },
        { to: "/settings/data", word: "Your data" },
      ]}
    />
    <Outlet />
  </Page>
);

export const UsageSection = () => (
  <Page title="Usage" subtitle="What you asked of models, and what it cost.">
    <SectionTabs
      label="Usage"
      sections={[
        { to: "/usage/overview", word: "Overview" },
        { to: "/usage/requests", word: "Requests" },
      ]}
    />
    <Outlet />
  </Page>
);

export const AdminUsageSection = () => (
  <>
    <SectionTabs
      label="Usage of everybody"
      sections={[
        { to: "/admin/usage/overview", word: "Overview" },
        { to: "/admin/usage/requests", word: "Requests" },
      ]}
    />
    <Outlet />
  </>
);

const AdminPages = () => {
  const { data: person, error, refetch } = useQuery(meQuery);
  const refused = error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (person === undefined) return refused === false ? <Skeleton className="h-48" /> : refused;
  if (person.role !== "admin") {
    return (
      <EmptyState title="Only for administrators">
        Ask an administrator of this installation to give you the role.
      </EmptyState>
    );
  }
  return (
    <>
      {refused}
      <SectionTabs
        label="Administration"
        sections={[
          { to: "/admin/users", word: "People" },
          { to: "/admin/tiers", word: "Tiers" },
          { to: "/admin/providers", word: "Providers" },
          { to: "/admin/routes", word: "Routes" },
          { to: "/admin/prices", word: "Prices" },
          { to: "/admin/usage", word: "Usage" },
          { to: "/admin/audit", word: "Audit log" },
          { to: "/admin/signing-keys", word: "Signing keys" },
        ]}
      />
      <Outlet />
    </>
  );
};

/** The platform refuses these pages' calls to everybody else; what is hidden here is hidden for tidiness only. */
export const AdminSection = () => (
  <Page title="Administration">
    <AdminPages />
  </Page>
);
