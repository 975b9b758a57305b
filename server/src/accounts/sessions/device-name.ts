/** The first that fits counts, so what calls itself by another's name as well stands before that other. */
const programs: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/\S+.*\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
  [/^Wget\//i, "Wget"],
  [/^python-(?:requests|httpx|urllib3?)\b/i, "Python"],
  [/^(?:node|undici)\b/i, "Node.js"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\b(?:Mac OS X|Macintosh)\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const nameIn = (names: readonly (readonly [RegExp, string])[], userAgent: string): string | undefined =>
  names.find(([pattern]) => pattern.test(userAgent))?.[1];

/** Browser and system of a User-Agent header in words. It is what the client says of itself, and proves nothing. */
export function deviceName(userAgent: string | null): string {
  const program = nameIn(programs, userAgent ?? "");
  const system = nameIn(systems, userAgent ?? "");
  if (program !== undefined && system !== undefined) return `${program} on ${system}`;
  return program ?? system ?? "Unknown device";
}
