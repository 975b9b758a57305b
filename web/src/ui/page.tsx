import type { ReactNode } from "react";

/** Title, what it is about, and one primary action at the top right. */
export const Page = ({
  title,
  subtitle,
  action,
  children,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) => (
  <div className="mx-auto flex w-full max-w-[1280px] flex-col gap-4 p-4 sm:p-6">
    <header className="flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0">
        <h1 className="break-words">{title}</h1>
        {subtitle !== undefined && <div className="mt-1 text-soft">{subtitle}</div>}
      </div>
      {action !== undefined && <div className="flex gap-2">{action}</div>}
    </header>
    {children}
  </div>
);
