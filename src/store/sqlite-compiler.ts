/**
 * SQL as SQLite is asked it, with `+?` for each parameter. A bare `?` that is compared with `=` in a query that sorts or
 * groups becomes part of the plan: SQLite (3.54.1) plans such a query anew each time that a value is bound, which takes
 * four fifths of a short query's time. The plus changes no value and no comparison, and keeps the plan.
 */
import { SqliteQueryCompiler } from "kysely";

export class SqliteCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return "+?";
  }
}
