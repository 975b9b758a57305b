import { createRoute } from "@tanstack/react-router";
import {
  DocumentListSearch,
  JobListSearch,
  JobSearch,
  SearchSearch,
} from "../features/documents/document-search-params.ts";
import { TagsSearch } from "../features/documents/tags/tags-search.ts";
import {
  AddPage,
  DocumentPage,
  DocumentsPage,
  JobPage,
  JobsPage,
  OverviewPage,
  SearchPage,
  TaggingPage,
  TagsPage,
} from "./document-pages.ts";
import { DocumentsSection } from "./documents-section.tsx";
import { framed, goTo } from "./frame-routes.tsx";

const home = createRoute({
  getParentRoute: () => framed,
  path: "/documents",
  beforeLoad: goTo("/documents/overview"),
});

/** Pages that stand side by side under one title; the others have titles of their own. */
const section = createRoute({ getParentRoute: () => framed, id: "documents-section", component: DocumentsSection });

const overview = createRoute({
  getParentRoute: () => section,
  path: "/documents/overview",
  component: OverviewPage,
});
const history = createRoute({
  getParentRoute: () => section,
  path: "/documents/history",
  validateSearch: DocumentListSearch,
  loader: () => DocumentsPage.preload?.(),
  component: () => {
    const navigate = history.useNavigate();
    return (
      <DocumentsPage
        search={history.useSearch()}
        onSearch={(search) => void navigate({ to: "/documents/history", search, replace: true })}
      />
    );
  },
});
const jobs = createRoute({
  getParentRoute: () => section,
  path: "/documents/jobs",
  validateSearch: JobListSearch,
  loader: () => JobsPage.preload?.(),
  component: () => {
    const navigate = jobs.useNavigate();
    return (
      <JobsPage
        search={jobs.useSearch()}
        onSearch={(search) => void navigate({ to: "/documents/jobs", search, replace: true })}
      />
    );
  },
});
const search = createRoute({
  getParentRoute: () => section,
  path: "/documents/search",
  validateSearch: SearchSearch,
  loader: () => SearchPage.preload?.(),
  component: () => {
    const navigate = search.useNavigate();
    return (
      <SearchPage
        search={search.useSearch()}
        onSearch={(wanted) => void navigate({ to: "/documents/search", search: wanted, replace: true })}
      />
    );
  },
});
const tags = createRoute({
  getParentRoute: () => section,
  path: "/documents/tags",
  validateSearch: TagsSearch,
  loader: () => TagsPage.preload?.(),
  component: () => {
    const navigate = tags.useNavigate();
    return (
      <TagsPage
        search={tags.useSearch()}
        onSearch={(wanted) => void navigate({ to: "/documents/tags", search: wanted, replace: true })}
      />
    );
  },
});
const tagging = createRoute({ getParentRoute: () => section, path: "/documents/tagging", component: TaggingPage });

const add = createRoute({ getParentRoute: () => framed, path: "/documents/add", component: AddPage });
const job = createRoute({
  getParentRoute: () => framed,
  path: "/documents/jobs/$jobId",
  validateSearch: JobSearch,
  loader: () => JobPage.preload?.(),
  component: () => {
    const navigate = job.useNavigate();
    const { jobId } = job.useParams();
    return (
      <JobPage
        key={jobId}
        jobId={jobId}
        search={job.useSearch()}
        onSearch={(wanted) =>
          void navigate({ to: "/documents/jobs/$jobId", params: { jobId }, search: wanted, replace: true })
        }
      />
    );
  },
});
const document = createRoute({
  getParentRoute: () => framed,
  path: "/documents/$documentId",
  loader: () => DocumentPage.preload?.(),
  component: () => {
    const { documentId } = document.useParams();
    return <DocumentPage key={documentId} documentId={documentId} />;
  },
});

/** From files to tags, search and training data. */
export const documentRoutes = [
  home,
  section.addChildren([overview, history, jobs, search, tags, tagging]),
  add,
  job,
  document,
] as const;
