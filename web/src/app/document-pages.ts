import { lazyRouteComponent } from "@tanstack/react-router";

// The code of a page comes with the first visit to it, or with the pointer over its link.

export const AddPage = lazyRouteComponent(() => import("../features/documents/add/add-page.tsx"), "AddPage");
export const DocumentPage = lazyRouteComponent(
  () => import("../features/documents/document/document-page.tsx"),
  "DocumentPage",
);
export const DocumentsPage = lazyRouteComponent(
  () => import("../features/documents/history/documents-page.tsx"),
  "DocumentsPage",
);
export const JobPage = lazyRouteComponent(() => import("../features/documents/jobs/job-page.tsx"), "JobPage");
export const JobsPage = lazyRouteComponent(() => import("../features/documents/history/jobs-page.tsx"), "JobsPage");
export const OverviewPage = lazyRouteComponent(
  () => import("../features/documents/overview/overview-page.tsx"),
  "OverviewPage",
);
export const SearchPage = lazyRouteComponent(
  () => import("../features/documents/search/search-page.tsx"),
  "SearchPage",
);
export const TaggingPage = lazyRouteComponent(
  () => import("../features/documents/tagging/tagging-page.tsx"),
  "TaggingPage",
);
export const TagsPage = lazyRouteComponent(() => import("../features/documents/tags/tags-page.tsx"), "TagsPage");
