/** The thing as programs see it, one click away. */
export const RawJson = ({ value, open = false }: { value: unknown; open?: boolean }) => (
  <details open={open} className="text-xs">
    <summary className="cursor-pointer py-1 text-soft hover:text-text">Raw JSON</summary>
    <pre className="mt-1 overflow-x-auto rounded-md bg-sunken p-3 font-mono">{JSON.stringify(value, null, 2)}</pre>
  </details>
);
