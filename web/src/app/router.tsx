import { Link, Outlet, createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { z } from "zod";
import { safeReturnPath } from "../api/return-path.ts";
import { ForgotPasswordPage } from "../features/accounts/links/forgot-password-page.tsx";
import { ResetPasswordPage } from "../features/accounts/links/reset-password-page.tsx";
import { SetupPage } from "../features/accounts/links/setup-page.tsx";
import { VerifyEmailPage } from "../features/accounts/links/verify-email-page.tsx";
import { DataPage } from "../features/accounts/settings/data-page.tsx";
import { ProfilePage } from "../features/accounts/settings/profile-page.tsx";
import { SessionsPage } from "../features/accounts/settings/sessions-page.tsx";
import { SignInPage } from "../features/accounts/sign-in/sign-in-page.tsx";
import { AuditSearch } from "../features/admin/audit/audit-filters.ts";
import { AuditPage } from "../features/admin/audit/audit-page.tsx";
import { SigningKeysPage } from "../features/admin/signing-keys-page.tsx";
import { TiersPage } from "../features/admin/tiers/tiers-page.tsx";
import { UserFilters } from "../features/admin/users/user-filters.ts";
import { UserPage } from "../features/admin/users/user-page.tsx";
import { UsersPage } from "../features/admin/users/users-page.tsx";
import { KeysPage } from "../features/keys/keys-page.tsx";
import { ModelPage } from "../features/models/model-page.tsx";
import { ModelsPage } from "../features/models/models-page.tsx";
import { JobPage } from "../features/tuning/job-page.tsx";
import { JobsPage } from "../features/tuning/jobs-page.tsx";
import { NewRunPage } from "../features/tuning/new-run-page.tsx";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/card.tsx";
import { Page } from "../ui/page.tsx";
import { AdminSection, SettingsSection } from "./sections.tsx";
import { Shell } from "./shell.tsx";
import { useSession } from "./use-session.ts";

const NotFound = () => (
  <Page title="Not found">
    <EmptyState
      title="There is nothing at this address"
      action={
        <Link to="/tuning" className={buttonClass("primary")}>
          Go to tuning
        </Link>
      }
    >
      It may have been deleted, or the link may be incomplete.
    </EmptyState>
  </Page>
);

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

/** Everything that needs a session, within the frame. */
const framed = createRoute({ getParentRoute: () => root, id: "framed", component: Shell });

const goTo = (to: "/tuning" | "/settings/profile" | "/admin/users") => () => {
  // The router takes a thrown redirect as the answer; it is no failure.
  // oxlint-disable-next-line typescript/only-throw-error
  throw redirect({ to });
};

const home = createRoute({ getParentRoute: () => framed, path: "/", beforeLoad: goTo("/tuning") });
const jobs = createRoute({ getParentRoute: () => framed, path: "/tuning", component: JobsPage });
const newRun = createRoute({ getParentRoute: () => framed, path: "/tuning/new", component: NewRunPage });
const job = createRoute({
  getParentRoute: () => framed,
  path: "/tuning/$jobName",
  component: () => <JobPage key={job.useParams().jobName} jobName={job.useParams().jobName} />,
});
const models = createRoute({ getParentRoute: () => framed, path: "/models", component: ModelsPage });
const model = createRoute({
  getParentRoute: () => framed,
  path: "/models/$modelId",
  component: () => <ModelPage key={model.useParams().modelId} modelId={model.useParams().modelId} />,
});
const keys = createRoute({ getParentRoute: () => framed, path: "/keys", component: KeysPage });
const setup = createRoute({
  getParentRoute: () => framed,
  path: "/setup",
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

const admin = createRoute({ getParentRoute: () => framed, path: "/admin", component: AdminSection });
const adminHome = createRoute({ getParentRoute: () => admin, path: "/", beforeLoad: goTo("/admin/users") });
const users = createRoute({
  getParentRoute: () => admin,
  path: "/users",
  validateSearch: UserFilters,
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
  component: () => <UserPage key={user.useParams().userId} userId={user.useParams().userId} />,
});
const tiers = createRoute({ getParentRoute: () => admin, path: "/tiers", component: TiersPage });
const audit = createRoute({
  getParentRoute: () => admin,
  path: "/audit",
  validateSearch: AuditSearch,
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
      jobs,
      newRun,
      job,
      models,
      model,
      keys,
      setup,
      settings.addChildren([settingsHome, profile, sessions, data]),
      admin.addChildren([adminHome, users, user, tiers, audit, signingKeys]),
    ]),
    signIn,
    forgot,
    reset,
    verify,
  ]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
