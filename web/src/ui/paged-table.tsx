import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Skeleton } from "./card.tsx";
import { ErrorPanel, type DescribedError } from "./error-panel.tsx";

interface PagedTableProps<Row> {
  titles: readonly string[];
  /** Undefined while the first page is on its way. */
  rows: readonly Row[] | undefined;
  row(row: Row): ReactNode;
  empty: ReactNode;
  error: DescribedError | undefined;
  onRetry(): void;
  /** Absent on the last page. */
  more: { isBusy: boolean; onMore(): void } | undefined;
}

/** A list of things in all its states: on its way, refused, empty, and page after page. */
export const PagedTable = <Row,>({ titles, rows, row, empty, error, onRetry, more }: PagedTableProps<Row>) => {
  if (error !== undefined) return <ErrorPanel error={error} onRetry={onRetry} />;
  if (rows === undefined) return <Skeleton className="h-48" />;
  if (rows.length === 0) return empty;
  return (
    <>
      <div className="overflow-x-auto rounded-lg border border-line bg-raised">
        <table className="w-full text-left">
          <thead className="border-b border-line text-xs text-faint">
            <tr>
              {titles.map((title) => (
                <th key={title} scope="col" className="px-4 py-2 font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{rows.map(row)}</tbody>
        </table>
      </div>
      {more !== undefined && (
        <Button isBusy={more.isBusy} onClick={more.onMore}>
          Show more
        </Button>
      )}
    </>
  );
};

export const TableRow = ({ children }: { children: ReactNode }) => (
  <tr className="border-b border-line last:border-0 hover:bg-hover">{children}</tr>
);

export const Cell = ({ children, title }: { children?: ReactNode; title?: string | undefined }) => (
  <td className="px-4 py-2" title={title}>
    {children}
  </td>
);
