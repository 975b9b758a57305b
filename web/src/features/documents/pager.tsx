import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { count } from "../../ui/format.ts";

interface PagerProps {
  total: number;
  limit: number;
  offset: number;
  /** Counted from 1; the first is undefined, which keeps addresses short. */
  onPage(page: number | undefined): void;
}

/** Which part of a list is shown, and the ways to the others. */
export const Pager = ({ total, limit, offset, onPage }: PagerProps) => {
  if (total <= limit && offset === 0) return null;
  const page = Math.floor(offset / limit) + 1;
  const goTo = (next: number): void => onPage(next <= 1 ? undefined : next);
  return (
    <nav aria-label="Pages" className="figures flex items-center justify-end gap-2">
      <span className="mr-2 text-soft">
        {offset < total ? `${count(offset + 1)}–${count(Math.min(total, offset + limit))}` : "None"} of {count(total)}
      </span>
      <Button aria-label="Previous page" disabled={page <= 1} onClick={() => goTo(page - 1)}>
        <ChevronLeft aria-hidden size={16} />
      </Button>
      <Button aria-label="Next page" disabled={offset + limit >= total} onClick={() => goTo(page + 1)}>
        <ChevronRight aria-hidden size={16} />
      </Button>
    </nav>
  );
};
