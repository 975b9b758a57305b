import { DatasetId } from "@llm-tuner/contract/ids.ts";
import { createRoute, createRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { z } from "zod";
import { safeReturnPath } from "../api/return-path.ts";
import { ForgotPasswordPage } from "../features/accounts/links/forgot-password-page.tsx";
import { SignInPage } from "../features/accounts/sign-in/sign-in-page.tsx";
import { AuditSearch } from "../features/admin/audit/audit-filters.ts";
import { UserFilters } from "../features/admin/users/user-filters.ts";
import { Skeleton } from "../ui/card.tsx";
import { documentRoutes } from "./document-routes.tsx";
import { admin, framed, goTo, root } from "./frame-routes.tsx";
import {
  AuditPage,
  DataPage,
  JobPage,
  JobsPage,
  KeysPage,
  ModelPage,
  ModelsPage,
  NewRunPage,
  PlaygroundPage,
  ProfilePage,
  ResetPasswordPage,
  SessionsPage,
  SetupPage,
  SigningKeysPage,
  TiersPage,
  UserPage,
  UsersPage,
  VerifyEmailPage,
} from "./pages.ts";
import { SettingsSection } from "./sections.tsx";
import { providerRoutes } from "./provider-routes.tsx";
import { usageRoutes, adminUsageRoutes } from "./usage-routes.tsx";
import { useSession } from "./use-session.ts";

/** Shown while the code of a page comes. */
const Pending = () => <Skeleton className="m-4 h-48 sm:m-6" />;

const home = createRoute({ getParentRoute: () => framed, path: "/", beforeLoad: goTo("/tuning") });
const jobs = createRoute({ getParentRoute: () => framed, path: "/tuning", component: JobsPage });
const newRun = createRoute({
  getParentRoute: () => framed,
  path: "/tuning/new",
  validateSearch: z.object({ dataset: DatasetId.optional().catch(undefined) }),
  loader: () => NewRunPage.preload?.(),
  component: () => <NewRunPage key={newRun.useSearch().dataset} datasetId={newRun.useSearch().dataset} />,
});
const job = createRoute({
  getParentRoute: () => framed,
  path: "/tuning/$jobName",
  loader: () => JobPage.preload?.(),
  component: () => <JobPage key={job.useParams().jobName} jobName={job.useParams().jobName} />,
});
const models = createRoute({ getParentRoute: () => framed, path: "/models", component: ModelsPage });
const model = createRoute({
  getParentRoute: () => framed,
  path: "/models/$modelId",
  loader: () => ModelPage.preload?.(),
  component: () => <ModelPage key={model.useParams().modelId} modelId={model.useParams().modelId} />,
});
const playground = createRoute({
  getParentRoute: () => framed,
  path: "/playground",
  validateSearch: z.object({ model: z.string().max(300).optional().catch(undefined) }),
  loader: () => PlaygroundPage.preload?.(),
  component: () => {
    const navigate = playground.useNavigate();
    const onModelTaken = useCallback(() => void navigate({ to: "/playground", search: {}, replace: true }), [navigate]);
    return (
      <PlaygroundPage
        email={useSession()?.email ?? ""}
        model={playground.useSearch().model}
        onModelTaken={onModelTaken}
      />
    );
  },
});

const keys = createRoute({ getParentRoute: () => framed, path: "/keys", component: KeysPage });
const setup = createRoute({
  getParentRoute: () => framed,
  path: "/setup",
  loader: () => SetupPage.preload?.(),
  component: () => <SetupPage email={useSession()?.email ?? ""} />,
});

const settings = createRoute({ getParentRoute: () => framed, path: "/settings", component: SettingsSection });
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: goTo("/settings/profile"),
});
const profile = createRoute({ getParentRoute: () => settings, path: "/profile", component: ProfilePage });
const sessions = createRoute({ getParentRoute: () => settings, path: "/sessions", component: SessionsPage });
const data = createRoute({ getParentRoute: () => settings, path: "/data", component: DataPage });

const adminHome = createRoute({ getParentRoute: () => admin, path: "/", beforeLoad: goTo("/admin/users") });
const users = createRoute({
  getParentRoute: () => admin,
  path: "/users",
  validateSearch: UserFilters,
  loader: () => UsersPage.preload?.(),
  component: () => {
    const navigate = users.useNavigate();
    return (
      <UsersPage
        filters={users.useSearch()}
        onFilters={(search) => void navigate({ to: "/admin/users", search, replace: true })}
      />
    );
  },
});
const user = createRoute({
  getParentRoute: () => admin,
  path: "/users/$userId",
  loader: () => UserPage.preload?.(),
  component: () => <UserPage key={user.useParams().userId} userId={user.useParams().userId} />,
});
const tiers = createRoute({ getParentRoute: () => admin, path: "/tiers", component: TiersPage });
const audit = createRoute({
  getParentRoute: () => admin,
  path: "/audit",
  validateSearch: AuditSearch,
  loader: () => AuditPage.preload?.(),
  component: () => {
    const navigate = audit.useNavigate();
    return (
      <AuditPage
        filters={audit.useSearch()}
        onFilters={(search) => void navigate({ to: "/admin/audit", search, replace: true })}
      />
    );
  },
});
const signingKeys = createRoute({ getParentRoute: () => admin, path: "/signing-keys", component: SigningKeysPage });

const word = z.string().optional().catch(undefined);
/** A provider's sign-in that did not end well comes back here, with how it ended in the query. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: z.object({ return_to: word, outcome: word, code: word }),
  component: () => (
    <SignInPage isSignedIn={useSession() !== undefined} returnTo={safeReturnPath(signIn.useSearch().return_to)} />
  ),
});
const forgot = createRoute({ getParentRoute: () => root, path: "/forgot-password", component: ForgotPasswordPage });
const reset = createRoute({ getParentRoute: () => root, path: "/reset-password", component: ResetPasswordPage });
const verify = createRoute({ getParentRoute: () => root, path: "/verify-email", component: VerifyEmailPage });

export const router = createRouter({
  routeTree: root.addChildren([
    framed.addChildren([
      home,
      ...documentRoutes,
      jobs,
      newRun,
      job,
      models,
      model,
      playground,
      usageRoutes,
      keys,
      setup,
      settings.addChildren([settingsHome, profile, sessions, data]),
      admin.addChildren([adminHome, users, user, tiers, ...providerRoutes, audit, adminUsageRoutes, signingKeys]),
    ]),
    signIn,
    forgot,
    reset,
    verify,
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Pending,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
