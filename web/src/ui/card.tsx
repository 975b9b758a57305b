import { clsx } from "clsx";
import type { ReactNode } from "react";
import { Term } from "./term.tsx";

export const Card = ({
  title,
  action,
  children,
  className,
}: {
  title?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
  className?: string;
}) => (
  <section className={clsx("rounded-lg border border-line bg-raised p-4 shadow-card", className)}>
    {title !== undefined && (
      <header className="mb-3 flex items-center justify-between gap-3">
        <h2>{title}</h2>
        {action}
      </header>
    )}
    {children}
  </section>
);

interface Figure {
  name: string;
  /** Shown as a tooltip of the name, in plain words. */
  meaning?: string;
  value: ReactNode;
}

/** The two or three numbers that matter of a thing. */
export const Figures = ({ figures }: { figures: readonly Figure[] }) => (
  <dl className="figures flex flex-wrap gap-x-8 gap-y-3">
    {figures.map(({ name, meaning, value }) => (
      <div key={name}>
        <dt className="text-xs text-faint">{meaning === undefined ? name : <Term meaning={meaning}>{name}</Term>}</dt>
        <dd className="text-base font-semibold">{value}</dd>
      </div>
    ))}
  </dl>
);

export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden className={clsx("animate-pulse rounded-md bg-hover", className)} />
);

/** What a list is for, and the one thing to do, when there is nothing in it. */
export const EmptyState = ({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) => (
  <div className="flex flex-col items-center gap-3 rounded-lg border border-dashed border-line px-6 py-12 text-center">
    <h2>{title}</h2>
    <p className="max-w-md text-soft">{children}</p>
    {action}
  </div>
);
