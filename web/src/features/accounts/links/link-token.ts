import { useEffect, useState } from "react";

/** The token of a mailed link stands behind the `#`, which browsers send to no server. */
export const tokenIn = (hash: string): string | undefined => {
  const token = new URLSearchParams(hash.replace(/^#/, "")).get("token");
  return token === null || token === "" ? undefined : token;
};

/** The token of the link by which the page was opened; it is taken out of the address, and so out of the history. */
export const useLinkToken = (): string | undefined => {
  const [token] = useState(() => tokenIn(location.hash));
  useEffect(() => {
    if (location.hash !== "") history.replaceState(history.state, "", location.pathname + location.search);
  }, []);
  return token;
};
