import { Outlet } from "@tanstack/react-router";
import { AddDocuments } from "../features/documents/links.tsx";
import { Page } from "../ui/page.tsx";
import { SectionTabs } from "../ui/section-tabs.tsx";

export const DocumentsSection = () => (
  <Page title="Documents" subtitle="From files to tags, search and training data." action={<AddDocuments />}>
    <SectionTabs
      label="Documents"
      sections={[
        { to: "/documents/overview", word: "Overview" },
        { to: "/documents/history", word: "Documents" },
        { to: "/documents/jobs", word: "Jobs" },
        { to: "/documents/search", word: "Search" },
        { to: "/documents/tags", word: "Tags" },
        { to: "/documents/tagging", word: "Tagging" },
      ]}
    />
    <Outlet />
  </Page>
);
