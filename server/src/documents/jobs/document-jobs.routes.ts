import * as contract from "@llm-tuner/contract/document-jobs.ts";
import type { Multipart } from "@fastify/multipart";
import { eventStream } from "../../platform/http/event-stream.ts";
import { route, type Route } from "../../platform/http/route.ts";
import { watchedPart } from "../../platform/http/uploads/uploaded-part.ts";
import type { DocumentIntake } from "./intake.usecases.ts";
import type { IncomingPart } from "./receive-form.ts";
import type { JobsUsecases } from "./jobs.usecases.ts";

async function* partsOf(parts: AsyncIterable<Multipart>, signal: AbortSignal): AsyncGenerator<IncomingPart> {
  for await (const part of parts) {
    if (part.type === "field") yield { kind: "field", name: part.fieldname, value: String(part.value) };
    else for await (const file of watchedPart(part, signal)) yield { kind: "file", field: part.fieldname, part: file };
  }
}

const firstOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

interface DocumentJobRoutesDependencies {
  intake: DocumentIntake;
  usecases: JobsUsecases;
}

const intakeRoutes = ({ intake, usecases }: DocumentJobRoutesDependencies): Route[] => [
  route(contract.processSingle, async ({ caller, address, body, formParts, signal }) => {
    const asker = { caller, address, signal };
    const parts = () => partsOf(formParts(), signal);
    const job = await (body === undefined ? intake.singleForm(asker, parts()) : intake.single(asker, body));
    const result = await usecases.resultInTime(job, signal);
    if (result !== undefined) return { status: 200, body: result };
    return { status: 202, body: await usecases.started(job) };
  }),

  route(contract.processBatch, async ({ caller, address, body, formParts, signal }) => {
    const asker = { caller, address, signal };
    const parts = () => partsOf(formParts(), signal);
    const answer = await (body === undefined ? intake.batchForm(asker, parts()) : intake.batch(asker, body));
    if ("estimate" in answer) return { status: 200, body: answer.estimate };
    return { status: 202, body: await usecases.started(answer.job) };
  }),
];

const controlRoutes = ({ usecases }: DocumentJobRoutesDependencies): Route[] => [
  route(contract.cancelBatch, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.cancel(caller, params.job_id),
  })),

  route(contract.pauseBatch, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.pause(caller, params.job_id),
  })),

  route(contract.resumeBatch, async ({ caller, params, body }) => ({
    status: 200,
    body: await usecases.resume(caller, params.job_id, body.budget_usd),
  })),

  route(contract.retryFailed, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.retryFailed(caller, params.job_id),
  })),

  route(contract.retryDocument, async ({ caller, params }) => ({
    status: 200,
    body: await usecases.retryDocument(caller, params.id),
  })),

  route(contract.deleteDocumentJob, async ({ caller, params }) => {
    await usecases.delete(caller, params.job_id);
    return { status: 204 };
  }),
];

export const createDocumentJobRoutes = (dependencies: DocumentJobRoutesDependencies): Route[] => {
  const { usecases } = dependencies;
  return [
    ...intakeRoutes(dependencies),
    ...controlRoutes(dependencies),

    route(contract.getBatchStatus, async ({ caller, params, query }) => ({
      status: 200,
      body: await usecases.status(caller, params.job_id, query),
    })),

    route(contract.getDocumentJob, async ({ caller, params }) => ({
      status: 200,
      body: await usecases.status(caller, params.job_id),
    })),

    route(contract.watchBatch, async ({ caller, params, headers, signal }) => {
      const lastEventId = firstOf(headers["last-event-id"]);
      const events = await usecases.watch(caller, params.job_id, { lastEventId, signal });
      return { status: 200, body: eventStream(events) };
    }),

    route(contract.listDocumentJobs, async ({ caller, query }) => ({
      status: 200,
      body: await usecases.list(caller, query),
    })),
  ];
};
