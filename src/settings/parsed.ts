/** The answer of everything here that reads text: the value, or what is wrong with it in words that follow the text. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };
