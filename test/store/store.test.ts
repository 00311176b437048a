/** The store's suite on SQLite, in memory and in a file. */
import { describe } from "vitest";
import { testStore } from "../conformance/store.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();

describe("sqlite in memory", () => {
  // Every in-memory database is its own: there is no second connection to it.
  testStore({ open: (options) => databases.open(options), url: () => null });
});

describe("sqlite in a file", () => {
  testStore({ open: (options) => databases.open({ url: databases.fileUrl(), ...options }), url: databases.fileUrl });
});
