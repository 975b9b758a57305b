import { Link, useLocation, type LinkProps } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

interface Section {
  to: NonNullable<LinkProps["to"]>;
  word: string;
}

/** Pages of one section, side by side; on a narrow screen the row scrolls, to the page that is shown. */
export const SectionTabs = ({ label, sections }: { label: string; sections: readonly Section[] }) => {
  const row = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const links = [...(row.current?.querySelectorAll("a") ?? [])];
    const shown = links.find((link) => pathname.startsWith(link.pathname));
    shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return (
    <nav ref={row} aria-label={label} className="-mx-4 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0">
      <div className="flex gap-1">
        {sections.map(({ to, word }) => (
          <Link
            key={word}
            to={to}
            className="-mb-px border-b-2 px-3 py-2 whitespace-nowrap outline-offset-[-2px]"
            activeProps={{ className: "border-accent font-medium text-accent-text", "aria-current": "page" }}
            inactiveProps={{ className: "border-transparent text-soft hover:text-text" }}
          >
            {word}
          </Link>
        ))}
      </div>
    </nav>
  );
};
