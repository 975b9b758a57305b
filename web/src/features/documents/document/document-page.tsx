import { Tabs } from "@base-ui/react/tabs";
import type { DocumentDetail } from "@llm-tuner/contract/documents.ts";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import { describeError } from "../../../api/describe-error.ts";
import { documentQuery, neighboursQuery } from "../../../api/document-page-queries.ts";
import { buttonClass } from "../../../ui/button.tsx";
import { Card, Skeleton } from "../../../ui/card.tsx";
import { Copyable } from "../../../ui/copy.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { count } from "../../../ui/format.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Page } from "../../../ui/page.tsx";
import { DocumentActs, RetryButton } from "./document-acts.tsx";
import { DocumentFacts, DocumentFigures, originOf } from "./document-facts.tsx";
import { PagePictures } from "./page-pictures.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { TagPanel } from "./tag-panel.tsx";
import { useReviewKeys } from "./use-review-keys.ts";
import { useTagReview } from "./use-tag-review.ts";

const stageWords = {
  fetching: "The file is being fetched.",
  extracting: "Its text is being read.",
  recognising: "Text is being recognised in pictures of the pages.",
  tagging: "Tags are being thought of.",
} as const;

const StateNotice = ({ document }: { document: DocumentDetail }) => {
  const { status, stage, error } = document;
  if (status === "completed") return null;
  if (status === "failed" || status === "cancelled") {
    return (
      <Notice tone={status === "failed" ? "danger" : "warning"} action={<RetryButton document={document} />}>
        {error?.message ?? "It was cancelled before it was done."}
      </Notice>
    );
  }
  return <Notice>{stage === null ? "It waits for its turn." : stageWords[stage]}</Notice>;
};

const NeighbourLink = ({ id, label, children }: { id: string | undefined; label: string; children: ReactNode }) =>
  id === undefined ? (
    <span aria-hidden className={`${buttonClass("secondary")} opacity-40`}>
      {children}
    </span>
  ) : (
    <Link to="/documents/$documentId" params={{ documentId: id }} aria-label={label} className={buttonClass()}>
      {children}
    </Link>
  );

const tabClass =
  "-mb-px border-b-2 border-transparent px-3 py-2 whitespace-nowrap text-soft hover:text-text data-active:border-accent data-active:font-medium data-active:text-accent-text";

/** What the document is, seen three ways. */
const Content = ({ document }: { document: DocumentDetail }) => {
  const { id, has_file, page_count, extracted_text, text_truncated, text_characters } = document;
  const hasPages = has_file && page_count !== null;
  const [chosen, setChosen] = useState<string>();
  return (
    <Tabs.Root value={chosen ?? (hasPages ? "pages" : "text")} onValueChange={setChosen} className="min-w-0">
      <Tabs.List className="mb-4 flex gap-1 border-b border-line" aria-label="The document">
        {hasPages && (
          <Tabs.Tab value="pages" className={tabClass}>
            Pages
          </Tabs.Tab>
        )}
        <Tabs.Tab value="text" className={tabClass}>
          Text
        </Tabs.Tab>
        <Tabs.Tab value="about" className={tabClass}>
          About
        </Tabs.Tab>
      </Tabs.List>
      {hasPages && (
        <Tabs.Panel value="pages">
          <PagePictures documentId={id} pageCount={page_count} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="text">
        {extracted_text === "" ? (
          <p className="text-soft">There is no text.</p>
        ) : (
          <Card>
            <p dir="auto" className="break-words whitespace-pre-wrap">
              {extracted_text}
            </p>
            {text_truncated && (
              <p className="mt-4 text-faint">
                The first {count(extracted_text.length)} of {count(text_characters)} characters. Download the text to
                have all of it.
              </p>
            )}
          </Card>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="about">
        <Card>
          <DocumentFacts document={document} />
        </Card>
      </Tabs.Panel>
    </Tabs.Root>
  );
};

const DocumentView = ({ document, refused }: { document: DocumentDetail; refused: ReactNode }) => {
  const review = useTagReview(document);
  const [editing, setEditing] = useState<string>();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const navigate = useNavigate();
  const { data: neighbours } = useQuery(neighboursQuery({ jobId: document.job_id, position: document.position }));
  const goTo = (documentId: string | undefined): void => {
    if (documentId !== undefined) void navigate({ to: "/documents/$documentId", params: { documentId } });
  };
  useReviewKeys({
    j: () => review.step(1),
    k: () => review.step(-1),
    a: () => review.decideChosen("accepted"),
    r: () => review.decideChosen("rejected"),
    e: () => setEditing(review.chosen),
    A: review.acceptAll,
    n: () => goTo(neighbours?.after),
    p: () => goTo(neighbours?.before),
    "?": () => setIsHelpOpen(true),
  });
  const ofMany = neighbours !== undefined && neighbours.total > 1;
  return (
    <Page
      title={document.title}
      subtitle={<Copyable text={document.id} />}
      action={
        <>
          {ofMany && (
            <>
              <NeighbourLink id={neighbours.before} label="Previous document">
                <ChevronLeft aria-hidden size={16} />
              </NeighbourLink>
              <NeighbourLink id={neighbours.after} label="Next document">
                <ChevronRight aria-hidden size={16} />
              </NeighbourLink>
            </>
          )}
          <DocumentActs document={document} onShortcuts={() => setIsHelpOpen(true)} />
        </>
      }
    >
      {refused}
      <StateNotice document={document} />
      <DocumentFigures document={document} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="order-2 min-w-0 lg:order-1">
          <Content document={document} />
        </div>
        <div className="order-1 lg:sticky lg:top-4 lg:order-2 lg:max-h-[calc(100dvh-6rem)] lg:overflow-y-auto">
          <TagPanel
            review={review}
            origin={originOf(document)}
            note={document.tagging_note}
            editing={editing}
            onEdit={setEditing}
          />
          <p className="mt-2 hidden text-xs text-faint lg:block">
            {ofMany && `Document ${count(document.position + 1)} of ${count(neighbours.total)}. `}Press ? for shortcuts.
          </p>
        </div>
      </div>
      <Shortcuts open={isHelpOpen} onClose={() => setIsHelpOpen(false)} />
    </Page>
  );
};

export const DocumentPage = ({ documentId }: { documentId: string }) => {
  const { data: document, error, refetch } = useQuery(documentQuery(documentId));
  const refused = error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (document === undefined) {
    return (
      <Page title="Document">
        {refused === false ? (
          <>
            <Skeleton className="h-12" />
            <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
              <Skeleton className="h-[40rem]" />
              <Skeleton className="h-64" />
            </div>
          </>
        ) : (
          refused
        )}
      </Page>
    );
  }
  // Another document is another review: nothing of the former stays behind.
  return <DocumentView key={document.id} document={document} refused={refused} />;
};
