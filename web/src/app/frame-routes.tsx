import { Link, Outlet, createRootRoute, createRoute, redirect } from "@tanstack/react-router";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/card.tsx";
import { Page } from "../ui/page.tsx";
import { AdminSection } from "./sections.tsx";
import { Shell } from "./shell.tsx";

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

/** What every page lies under. */
export const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

/** Everything that needs a session, within the frame. */
export const framed = createRoute({ getParentRoute: () => root, id: "framed", component: Shell });

/** Pages for administrators. */
export const admin = createRoute({ getParentRoute: () => framed, path: "/admin", component: AdminSection });

/** For a section's own address, which is that of its first page. */
export const goTo =
  (
    to:
      | "/documents/overview"
      | "/tuning"
      | "/settings/profile"
      | "/usage/overview"
      | "/admin/users"
      | "/admin/usage/overview",
  ) =>
  () => {
    // The router takes a thrown redirect as the answer; it is no failure.
    // oxlint-disable-next-line typescript/only-throw-error
    throw redirect({ to });
  };
