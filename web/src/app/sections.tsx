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

const AdminPages = () => {
  const { data: person, error, refetch } = useQuery(meQuery);
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (person === undefined) return <Skeleton className="h-48" />;
  if (person.role !== "admin") {
    return (
      <EmptyState title="Only for administrators">
        Ask an administrator of this installation to give you the role.
      </EmptyState>
    );
  }
  return (
    <>
      <SectionTabs
        label="Administration"
        sections={[
          { to: "/admin/users", word: "People" },
          { to: "/admin/tiers", word: "Tiers" },
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
