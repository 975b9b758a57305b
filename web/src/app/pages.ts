import { lazyRouteComponent } from "@tanstack/react-router";

// The code of a page comes with the first visit to it, or with the pointer over its link: nobody waits for all of them.

export const ResetPasswordPage = lazyRouteComponent(
  () => import("../features/accounts/links/reset-password-page.tsx"),
  "ResetPasswordPage",
);
export const SetupPage = lazyRouteComponent(() => import("../features/accounts/links/setup-page.tsx"), "SetupPage");
export const VerifyEmailPage = lazyRouteComponent(
  () => import("../features/accounts/links/verify-email-page.tsx"),
  "VerifyEmailPage",
);
export const DataPage = lazyRouteComponent(() => import("../features/accounts/settings/data-page.tsx"), "DataPage");
export const ProfilePage = lazyRouteComponent(
  () => import("../features/accounts/settings/profile-page.tsx"),
  "ProfilePage",
);
export const SessionsPage = lazyRouteComponent(
  () => import("../features/accounts/settings/sessions-page.tsx"),
  "SessionsPage",
);
export const AuditPage = lazyRouteComponent(() => import("../features/admin/audit/audit-page.tsx"), "AuditPage");
export const PricesPage = lazyRouteComponent(() => import("../features/admin/prices/prices-page.tsx"), "PricesPage");
export const ConnectionPage = lazyRouteComponent(
  () => import("../features/admin/providers/connection-page.tsx"),
  "ConnectionPage",
);
export const ConnectionsPage = lazyRouteComponent(
  () => import("../features/admin/providers/connections-page.tsx"),
  "ConnectionsPage",
);
export const RoutesPage = lazyRouteComponent(() => import("../features/admin/routes/routes-page.tsx"), "RoutesPage");
export const SigningKeysPage = lazyRouteComponent(
  () => import("../features/admin/signing-keys-page.tsx"),
  "SigningKeysPage",
);
export const TiersPage = lazyRouteComponent(() => import("../features/admin/tiers/tiers-page.tsx"), "TiersPage");
export const UserPage = lazyRouteComponent(() => import("../features/admin/users/user-page.tsx"), "UserPage");
export const UsersPage = lazyRouteComponent(() => import("../features/admin/users/users-page.tsx"), "UsersPage");
export const KeysPage = lazyRouteComponent(() => import("../features/keys/keys-page.tsx"), "KeysPage");
export const ModelPage = lazyRouteComponent(() => import("../features/models/model-page.tsx"), "ModelPage");
export const ModelsPage = lazyRouteComponent(() => import("../features/models/models-page.tsx"), "ModelsPage");
export const PlaygroundPage = lazyRouteComponent(
  () => import("../features/playground/playground-page.tsx"),
  "PlaygroundPage",
);
export const JobPage = lazyRouteComponent(() => import("../features/tuning/job-page.tsx"), "JobPage");
export const JobsPage = lazyRouteComponent(() => import("../features/tuning/jobs-page.tsx"), "JobsPage");
export const NewRunPage = lazyRouteComponent(() => import("../features/tuning/new-run-page.tsx"), "NewRunPage");
export const OverviewPage = lazyRouteComponent(() => import("../features/usage/overview-page.tsx"), "OverviewPage");
export const RequestPage = lazyRouteComponent(() => import("../features/usage/request-page.tsx"), "RequestPage");
export const RequestsPage = lazyRouteComponent(() => import("../features/usage/requests-page.tsx"), "RequestsPage");
