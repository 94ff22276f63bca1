/** What each route takes and answers, read off the generated types: nothing here names a route. */
import type { paths } from "./generated/schema.js";

export type Method = "get" | "post";

/** The routes that have a method. */
export type Route<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends object ? P : never;
}[keyof paths];

/** The good answer of a route. */
export type Answer<P extends keyof paths, M extends Method> = paths[P][M] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

type ParametersOf<P extends keyof paths, M extends Method> = paths[P][M] extends { parameters: infer Parameters }
  ? Parameters
  : never;

type PathOf<P extends keyof paths, M extends Method> =
  ParametersOf<P, M> extends { path: infer Path extends object } ? { readonly path: Readonly<Path> } : unknown;

type QueryOf<P extends keyof paths, M extends Method> =
  ParametersOf<P, M> extends { query?: infer Query }
    ? { readonly query?: Readonly<Exclude<Query, undefined>> }
    : unknown;

type BodyOf<P extends keyof paths, M extends Method> = paths[P][M] extends {
  requestBody: { content: { "application/json": infer Body } };
}
  ? { readonly body: Readonly<Body> }
  : paths[P][M] extends { requestBody?: { content: { "application/json": infer Body } } }
    ? { readonly body?: Readonly<Body> }
    : unknown;

/** What every call takes, whatever its route. */
export interface CallOptions {
  /** Proves who is calling, in the place of the relay's own. */
  readonly uuid?: string;
  /** Ends the call, and the waiting for a further try; its reason is what the call rejects with. */
  readonly signal?: AbortSignal;
}

/** What a call of a route takes. */
export type Call<P extends keyof paths, M extends Method> = PathOf<P, M> & QueryOf<P, M> & BodyOf<P, M> & CallOptions;

/** A last parameter that may be left out where the route needs nothing. */
export type Arguments<C> = object extends C ? [call?: C] : [call: C];
