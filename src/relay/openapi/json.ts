/** What JSON can say: the document while it is being worked on. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `Array.isArray` takes the elements of a list that cannot change for anything. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The member as a text; empty if it is none. */
export function textAt(parent: JsonObject, key: string): string {
  const value = parent[key];
  return typeof value === "string" ? value : "";
}

/** The member as an object; empty if it is none. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isObject(value) ? value : {};
}

/** The member as a list of objects; empty if it is none. */
export function listAt(parent: JsonObject, key: string): readonly JsonObject[] {
  const value = parent[key];
  return isList(value) ? value.filter(isObject) : [];
}

/** The object without some of its members. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** The members, each taken as an object, changed. */
export function mapValues(object: JsonObject, change: (value: JsonObject, key: string) => Json): JsonObject {
  return Object.fromEntries(Object.keys(object).map((key) => [key, change(objectAt(object, key), key)]));
}

/** Every object in a value, from the inside out, replaced by what `change` makes of it. */
export function deepMap(value: JsonObject, change: (object: JsonObject) => JsonObject): JsonObject {
  const mapped = (member: Json): Json => {
    if (Array.isArray(member)) return member.map(mapped);
    return isObject(member) ? deepMap(member, change) : member;
  };
  return change(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapped(member)])));
}
