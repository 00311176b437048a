/** What the exit code of a command says. Scripts branch on it: the numbers never change. The last three are sysexits'. */
export const EXIT = {
  fine: 0,
  /** It ran, and something needs a human. */
  attention: 1,
  /** The command line makes no sense, or names what is not there. Nothing was done. */
  usage: 2,
  /** Shop or provider do not answer. */
  unreachable: 69,
  /** A mistake of ours, or a database that cannot be used. */
  internal: 70,
  /** Settings, or the folder that they name. */
  settings: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For the help of the program. */
export const EXIT_CODES_TEXT =
  "Exit codes: 0 fine, 1 something needs you, 2 usage, 69 shop or provider\nunreachable, 70 internal, 78 settings.";
