import { clsx } from "clsx";
import { Children, createContext, useContext, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { Skeleton } from "./card.tsx";
import { ErrorPanel, type DescribedError } from "./error-panel.tsx";

const Titles = createContext<readonly string[]>([]);
const Title = createContext<string | undefined>(undefined);

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
  const refused = error !== undefined && <ErrorPanel error={error} onRetry={onRetry} />;
  if (rows === undefined) return refused === false ? <SkeletonTable titles={titles} /> : refused;
  // What is there stays when it cannot be read again: a row may hold a form that somebody fills in.
  return (
    <>
      {refused}
      {rows.length === 0 ? (
        empty
      ) : (
        <>
          <div className="overflow-x-auto rounded-lg border border-line bg-raised">
            <table className="block w-full text-left sm:table">
              <thead className="sr-only border-b border-line text-xs text-faint sm:not-sr-only sm:table-header-group">
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
              <tbody className="block sm:table-row-group">
                <Titles value={titles}>{rows.map(row)}</Titles>
              </tbody>
            </table>
          </div>
          {more !== undefined && (
            <Button isBusy={more.isBusy} onClick={more.onMore}>
              Show more
            </Button>
          )}
        </>
      )}
    </>
  );
};

/** One thing; on a phone a block of its own, with the title of each column beside its value. */
export const TableRow = ({ children }: { children: ReactNode }) => {
  const titles = useContext(Titles);
  return (
    <tr className="block border-b border-line py-2 last:border-0 hover:bg-hover sm:table-row sm:py-0">
      {Children.map(children, (cell, index) => (
        // The first column names the thing and needs no title.
        <Title value={index === 0 ? undefined : titles[index]}>{cell}</Title>
      ))}
    </tr>
  );
};

interface CellProps {
  children?: ReactNode;
  title?: string | undefined;
  isNumber?: boolean;
}

export const Cell = ({ children, title, isNumber = false }: CellProps) => {
  const heading = useContext(Title);
  return (
    <td
      className={clsx(
        // A column that says nothing of this thing is left out on a phone.
        children === false || children === null ? "hidden" : "flex",
        "items-baseline justify-between gap-4 px-4 py-1 sm:table-cell sm:py-2",
        isNumber && "sm:text-right sm:whitespace-nowrap",
      )}
      title={title}
    >
      {heading !== undefined && (
        <span aria-hidden className="shrink-0 text-xs text-faint sm:hidden">
          {heading}
        </span>
      )}
      <div
        className={clsx(
          "min-w-0 flex-1",
          heading !== undefined && "flex flex-col items-end text-right sm:block",
          !isNumber && "sm:text-left",
        )}
      >
        {children}
      </div>
    </td>
  );
};
