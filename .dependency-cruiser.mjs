import { readFileSync } from "node:fs";

/** The domains of the server, first to last: a domain may use the doors of those before it. */
const order = JSON.parse(readFileSync(new URL("./server/module-order.json", import.meta.url), "utf8"));
const anyOf = (names) => `(${names.join("|")})`;
const domain = (name) => `^server/src/${name}/`;
const roleFile = (role) => `\\.${role}\\.ts$`;
const tests = "(\\.(int\\.)?test\\.ts$|\\.suite\\.ts$|/testing/)";

const domainRules = order.flatMap((name, position) => {
  const others = order.filter((other) => other !== name);
  const later = order.slice(position + 1);
  return [
    {
      name: `${name}-uses-doors`,
      comment: "Another domain is reached through its x.module.ts only.",
      severity: "error",
      from: { path: domain(name), pathNot: tests },
      to: { path: `^server/src/${anyOf(others)}/`, pathNot: "\\.module\\.ts$" },
    },
    ...(later.length === 0
      ? []
      : [
          {
            name: `${name}-keeps-order`,
            comment:
              "A domain uses only domains before it in server/module-order.json; news for later ones travels as queue jobs.",
            severity: "error",
            from: { path: domain(name), pathNot: tests },
            to: { path: `^server/src/${anyOf(later)}/` },
          },
        ]),
  ];
});

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "main-is-nobodys-library",
      severity: "error",
      from: { path: "^(contract|gateway|web|server/src)/", pathNot: "^server/src/main/" },
      to: { path: "^server/src/main/" },
    },
    {
      name: "platform-knows-no-domain",
      severity: "error",
      from: { path: "^server/src/platform/" },
      to: { path: `^server/src/${anyOf(order)}/` },
    },
    {
      name: "contract-knows-nobody",
      severity: "error",
      from: { path: "^contract/" },
      to: { path: "^(gateway|server|web|e2e|tools|bench)/" },
    },
    {
      name: "contract-does-no-io",
      severity: "error",
      from: { path: "^contract/src/", pathNot: tests },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "gateway-is-a-library",
      comment: "The gateway reaches a server, a database or a file only through its ports.",
      severity: "error",
      from: { path: "^gateway/src/" },
      to: { path: "^(server|web|e2e|tools|bench)/" },
    },
    {
      name: "gateway-core-has-no-transport",
      comment: "Node's streams and sockets stay in hosts and in the providers' transport.",
      severity: "error",
      from: { path: "^gateway/src/", pathNot: "(^gateway/src/(hosts|testing)/|/transport\\.ts$|\\.test\\.ts$)" },
      to: { path: "^(node:)?(http|https|net|stream|fs|tls)(/|$)" },
    },
    {
      name: "web-knows-only-the-contract",
      severity: "error",
      from: { path: "^web/src/" },
      to: { path: "^(server|gateway|e2e|tools|bench)/" },
    },
    {
      name: "web-features-are-apart",
      severity: "error",
      from: { path: "^web/src/features/([^/]+)/" },
      to: { path: "^web/src/(features/|app/)", pathNot: "^web/src/features/$1/" },
    },
    {
      name: "web-ui-has-no-product-knowledge",
      severity: "error",
      from: { path: "^web/src/ui/" },
      to: { path: "^web/src/(features|app|api)/" },
    },
    {
      name: "usecases-know-no-http-and-no-sql",
      severity: "error",
      from: { path: roleFile("usecases") },
      to: {
        path: `(${roleFile("(routes|store)")}|^(node_modules/)?(fastify|pg)(/|$))`,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "stores-know-no-usecases",
      severity: "error",
      from: { path: roleFile("store") },
      to: { path: roleFile("(routes|usecases|jobs|module)") },
    },
    {
      name: "routes-reach-usecases-not-stores",
      severity: "error",
      from: { path: roleFile("(routes|jobs)") },
      to: { path: roleFile("store"), dependencyTypesNot: ["type-only"] },
    },
    {
      name: "fastify-stays-at-the-edge",
      severity: "error",
      from: { path: "^server/src/", pathNot: "(^server/src/(main|platform/http|platform/testing)/)" },
      to: { path: "node_modules/(fastify|@fastify)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "pg-stays-in-the-database",
      severity: "error",
      from: { path: "^server/src/", pathNot: "^server/src/platform/(database|queue|testing)/" },
      to: { path: "node_modules/(pg|pg-boss)/" },
    },
    {
      name: "product-does-not-use-tests",
      severity: "error",
      from: { path: "^(contract|gateway|server|web)/src/", pathNot: tests },
      to: { path: tests },
    },
    ...domainRules,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
