import type { DocumentJob, jobSorts } from "@llm-tuner/contract/document-jobs.ts";
import { DocumentJobStatus } from "@llm-tuner/contract/document-jobs.ts";
import { useQuery } from "@tanstack/react-query";
import { describeError } from "../../../api/describe-error.ts";
import { documentJobsQuery } from "../../../api/document-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { FilterBar, SelectFilter } from "../../../ui/filters.tsx";
import { ago, dateTime, dollars } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { given, type JobListSearch } from "../document-search-params.ts";
import { JobState } from "../document-status.tsx";
import { jobWords } from "../document-words.ts";
import { JobProgress } from "../jobs/job-progress.tsx";
import { AddDocuments, JobLink } from "../links.tsx";
import { Pager } from "../pager.tsx";

const sortWords: Record<(typeof jobSorts)[number], string> = {
  newest: "Newest first",
  oldest: "Oldest first",
  largest: "Most documents",
  cost: "Highest cost",
};

interface JobsPageProps {
  search: JobListSearch;
  onSearch(search: JobListSearch): void;
}

const Filters = ({ search, onSearch }: JobsPageProps) => {
  const set = (change: JobListSearch): void => onSearch({ ...search, page: undefined, ...change });
  return (
    <FilterBar>
      <SelectFilter
        label="Status"
        all="Every status"
        choices={DocumentJobStatus.options.map((value) => ({ value, word: jobWords[value] }))}
        value={search.status}
        onChange={(status) => set({ status })}
      />
      <SelectFilter
        label="Kind"
        all="Single and many"
        choices={[
          { value: "single", word: "Single documents" },
          { value: "batch", word: "Many documents" },
        ]}
        value={search.job_type}
        onChange={(job_type) => set({ job_type })}
      />
      <SelectFilter
        label="Sort"
        all={sortWords.newest}
        choices={(["oldest", "largest", "cost"] as const).map((value) => ({ value, word: sortWords[value] }))}
        value={search.sort === "newest" ? undefined : search.sort}
        onChange={(sort) => set({ sort })}
      />
      {(search.status ?? search.job_type) !== undefined && (
        <Button look="quiet" className="sm:mb-1" onClick={() => onSearch({ sort: search.sort })}>
          Clear filters
        </Button>
      )}
    </FilterBar>
  );
};

const Row = ({ job }: { job: DocumentJob }) => (
  <TableRow>
    <Cell>
      <JobLink job={job} />
    </Cell>
    <Cell>
      <JobState job={job} />
    </Cell>
    <Cell>
      <JobProgress job={job} />
    </Cell>
    <Cell isNumber>{dollars(job.cost_usd)}</Cell>
    <Cell title={dateTime(job.created_at)}>{ago(job.created_at)}</Cell>
  </TableRow>
);

/** All one's jobs, running ones kept up to date. */
export const JobsPage = ({ search, onSearch }: JobsPageProps) => {
  const { page, ...filters } = search;
  const { data, error, refetch } = useQuery(documentJobsQuery(given(filters), page));
  const isFiltered = (search.status ?? search.job_type ?? page) !== undefined;
  return (
    <>
      <Filters search={search} onSearch={onSearch} />
      <PagedTable
        titles={["Job", "Status", "Progress", "Cost", "Started"]}
        numbers={["Cost"]}
        rows={data?.jobs}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={undefined}
        empty={
          isFiltered ? (
            <EmptyState title="No job fits these filters">Take a filter away to see more.</EmptyState>
          ) : (
            <EmptyState title="No jobs yet" action={<AddDocuments />}>
              What you add at once is one job: it can be watched, paused, cancelled and tried again.
            </EmptyState>
          )
        }
        row={(job) => <Row key={job.job_id} job={job} />}
      />
      {data !== undefined && <Pager {...data} onPage={(next) => onSearch({ ...search, page: next })} />}
    </>
  );
};
