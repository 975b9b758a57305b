import { Link, createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { KeysPage } from "../features/keys/keys-page.tsx";
import { ModelPage } from "../features/models/model-page.tsx";
import { ModelsPage } from "../features/models/models-page.tsx";
import { JobPage } from "../features/tuning/job-page.tsx";
import { JobsPage } from "../features/tuning/jobs-page.tsx";
import { NewRunPage } from "../features/tuning/new-run-page.tsx";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/card.tsx";
import { Page } from "../ui/page.tsx";
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

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    // The router takes a thrown redirect as the answer; it is no failure.
    // oxlint-disable-next-line typescript/only-throw-error
    throw redirect({ to: "/tuning" });
  },
});
const jobs = createRoute({ getParentRoute: () => root, path: "/tuning", component: JobsPage });
const newRun = createRoute({ getParentRoute: () => root, path: "/tuning/new", component: NewRunPage });
const job = createRoute({
  getParentRoute: () => root,
  path: "/tuning/$jobName",
  component: () => <JobPage key={job.useParams().jobName} jobName={job.useParams().jobName} />,
});
const models = createRoute({ getParentRoute: () => root, path: "/models", component: ModelsPage });
const model = createRoute({
  getParentRoute: () => root,
  path: "/models/$modelId",
  component: () => <ModelPage key={model.useParams().modelId} modelId={model.useParams().modelId} />,
});
const keys = createRoute({ getParentRoute: () => root, path: "/keys", component: KeysPage });

export const router = createRouter({
  routeTree: root.addChildren([home, jobs, newRun, job, models, model, keys]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
