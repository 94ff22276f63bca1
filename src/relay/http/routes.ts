import { z } from "zod";
import type { StepMeta } from "../trpc.js";
import { publicRouter } from "../router.js";

/** One step, as REST reaches it. */
export interface Route {
  readonly method: string;
  /** As in the document: `/channel/{channel}`. */
  readonly template: string;
  /** The name of the tRPC procedure. */
  readonly procedure: string;
  readonly type: "query" | "mutation";
  /** Whether HEAD may run it. */
  readonly isSafe: boolean;
  /** The fields of the input that are numbers: in a query they come as text. */
  readonly numbers: ReadonlySet<string>;
  readonly takesWait: boolean;
}

/** The routes of one path, by method. */
export interface PathRoutes {
  readonly segments: readonly string[];
  readonly methods: ReadonlyMap<string, Route>;
  /** The value of the Allow header. */
  readonly allow: string;
}

/** What `find` gives: the routes of the path, and the values of its parameters, still percent-encoded. */
export interface Match {
  readonly routes: PathRoutes;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The routes of the public router, read from the same `meta.openapi` as the document. */
export class RouteTable {
  readonly #paths: readonly PathRoutes[];

  constructor() {
    const byTemplate = new Map<string, Route[]>();
    for (const route of publicRoutes())
      byTemplate.set(route.template, [...(byTemplate.get(route.template) ?? []), route]);
    this.#paths = [...byTemplate].map(([template, routes]) => pathRoutes(template, routes));
  }

  find(path: string): Match | undefined {
    const segments = path.split("/");
    for (const routes of this.#paths) {
      const parameters = match(routes.segments, segments);
      if (parameters !== undefined) return { routes, parameters };
    }
    return undefined;
  }
}

/** Every route with its procedure; subscriptions have none. */
export function publicRoutes(): readonly Route[] {
  return Object.entries(publicRouter._def.procedures).flatMap(([procedure, { _def }]) => {
    // tRPC does not tell the type of meta and inputs of a procedure; both are as `trpc.ts` makes them.
    const { meta, inputs, type } = _def as unknown as { meta?: StepMeta; inputs: readonly z.ZodType[]; type: string };
    const openapi = meta?.openapi;
    if (openapi === undefined || type === "subscription") return [];
    const fields = fieldsOf(inputs[0]);
    const route: Route = {
      method: openapi.method,
      template: openapi.path,
      procedure,
      type: type === "query" ? "query" : "mutation",
      isSafe: type === "query" && meta?.changesState !== true,
      numbers: new Set(Object.keys(fields).filter((name) => isNumber(fields[name]))),
      takesWait: "wait" in fields,
    };
    return [route];
  });
}

function fieldsOf(input: z.ZodType | undefined): Readonly<Record<string, unknown>> {
  if (input instanceof z.ZodPipe && input.in instanceof z.ZodObject) return input.in.shape;
  return input instanceof z.ZodObject ? input.shape : {};
}

function isNumber(field: unknown): boolean {
  return field instanceof z.ZodOptional ? isNumber(field.unwrap()) : field instanceof z.ZodNumber;
}

function pathRoutes(template: string, routes: readonly Route[]): PathRoutes {
  const methods = new Map(routes.map((route) => [route.method, route]));
  const head = methods.get("GET")?.isSafe === true ? ["HEAD"] : [];
  const allow = [...methods.keys(), ...head, "OPTIONS"].toSorted().join(", ");
  return { segments: template.split("/"), methods, allow };
}

function match(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith("{")) {
      if (segment === "") return undefined;
      parameters[part.slice(1, -1)] = segment;
    } else if (part !== segment) return undefined;
  }
  return parameters;
}
