import { clsx } from "clsx";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Skeleton } from "./card.tsx";
import { ErrorPanel, type DescribedError } from "./error-panel.tsx";

interface PagedTableProps<Row> {
  titles: readonly string[];
  /** Those of the titles whose column holds numbers. */
  numbers?: readonly string[];
  /** Undefined while the first page is on its way. */
  rows: readonly Row[] | undefined;
  row(row: Row): ReactNode;
  empty: ReactNode;
  error: DescribedError | undefined;
  onRetry(): void;
  /** Absent on the last page. */
  more: { isBusy: boolean; onMore(): void } | undefined;
}

/** The table that is on its way: its columns, and rows without words. */
const SkeletonTable = ({ titles }: { titles: readonly string[] }) => (
  <div aria-busy className="rounded-lg border border-line bg-raised">
    <div className="flex gap-8 overflow-hidden border-b border-line px-4 py-2 text-xs font-medium whitespace-nowrap text-faint">
      {titles.map((title) => (
        <span key={title} className="flex-1">
          {title}
        </span>
      ))}
    </div>
    <div className="flex flex-col gap-3 p-4">
      {["w-full", "w-11/12", "w-full", "w-10/12"].map((width, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the rows are all alike and never move
        <Skeleton key={index} className={clsx("h-5", width)} />
      ))}
    </div>
  </div>
);

/** A list of things in all its states: on its way, refused, empty, and page after page. */
export const PagedTable = <Row,>({ titles, numbers, rows, row, empty, error, onRetry, more }: PagedTableProps<Row>) => {
  if (error !== undefined) return <ErrorPanel error={error} onRetry={onRetry} />;
  if (rows === undefined) return <SkeletonTable titles={titles} />;
  if (rows.length === 0) return empty;
  return (
    <>
      <div className="overflow-x-auto rounded-lg border border-line bg-raised">
        <table className="w-full text-left">
          <thead className="border-b border-line text-xs text-faint">
            <tr>
              {titles.map((title) => (
                <th
                  key={title}
                  scope="col"
                  className={clsx(
                    "px-4 py-2 font-medium whitespace-nowrap",
                    numbers?.includes(title) === true && "text-right",
                  )}
                >
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

interface CellProps {
  children?: ReactNode;
  title?: string | undefined;
  isNumber?: boolean;
}

export const Cell = ({ children, title, isNumber = false }: CellProps) => (
  <td className={clsx("px-4 py-2", isNumber && "text-right whitespace-nowrap")} title={title}>
    {children}
  </td>
);
