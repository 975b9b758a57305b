/** How a mail server is reached, as SMTP_URL says it. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte on. */
  secure: boolean;
  /** What to do with STARTTLS on a connection that began without TLS. */
  startTls: "required" | "ignored";
  /** Whether a certificate that nobody vouches for is taken. */
  allowSelfSigned: boolean;
  auth?: { user: string; pass: string };
}

const switches = ["ignoreTLS", "requireTLS", "allowSelfSigned"] as const;
type Switch = (typeof switches)[number];

const isLocal = (host: string): boolean => host === "localhost" || host === "::1" || /^127(?:\.\d+){3}$/.test(host);

/** `?ignoreTLS`, `?ignoreTLS=true` and `?ignoreTLS=false`; anything else is a mistake that must not pass in silence. */
function switchesOf(parameters: URLSearchParams): Record<Switch, boolean> {
  const found = { ignoreTLS: false, requireTLS: false, allowSelfSigned: false };
  for (const [name, value] of parameters) {
    const known = switches.find((candidate) => candidate === name);
    if (known === undefined) throw new Error(`has an unknown option; there are ${switches.join(", ")}`);
    if (!["", "true", "false"].includes(value))
      throw new Error(`has an option ${known} that is neither true nor false`);
    found[known] = value !== "false";
  }
  if (found.ignoreTLS && found.requireTLS) throw new Error("cannot both ignore and require TLS");
  return found;
}

/**
 * Parses `smtp(s)://user:password@host:port`. Passwords travel over this connection, so without TLS it is refused unless
 * the server is on this machine or `?ignoreTLS` says otherwise. No error repeats the text: it holds a password.
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") {
    throw new Error("must look like smtps://user:password@host:port");
  }
  const secure = url.protocol === "smtps:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const { ignoreTLS, requireTLS, allowSelfSigned } = switchesOf(url.searchParams);
  const user = decodeURIComponent(url.username);
  return {
    host,
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    startTls: ignoreTLS || (isLocal(host) && !requireTLS) ? "ignored" : "required",
    allowSelfSigned,
    ...(user === "" ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
  };
}
