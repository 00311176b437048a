/** JSON with whole 64-bit numbers: webhook bodies carry ids above 2^53 as plain digits, which JSON.stringify cannot write. */

export type LosslessJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly LosslessJson[]
  | { readonly [key: string]: LosslessJson };

export function writeJson(value: LosslessJson): string {
  if (typeof value === "bigint") {
    return value.toString();
  }
  if (value === null || typeof value !== "object") {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item: LosslessJson) => writeJson(item)).join(",")}]`;
  }
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`);
  return `{${members.join(",")}}`;
}
