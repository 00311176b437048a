/**
 * A part of the daemon that runs until it is stopped. `stop` may be called twice, before `start` ended, and without a
 * `start`; it resolves when nothing of the service is under way, or soon after `abort` fires.
 */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(abort: AbortSignal): Promise<void>;
}

/** Starts in order. When one fails, those that started are stopped again in reverse, and the failure is thrown. */
export async function startAll(services: readonly Service[]): Promise<void> {
  const started: Service[] = [];
  for (const service of services) {
    try {
      started.push(service);
      await service.start();
    } catch (error) {
      await stopAll(started, AbortSignal.abort());
      throw error;
    }
  }
}

/** Stops in reverse order. A service that fails to stop does not keep the others running; the first failure is thrown. */
export async function stopAll(services: readonly Service[], abort: AbortSignal): Promise<void> {
  let failure: unknown = null;
  for (const service of [...services].reverse()) {
    try {
      await service.stop(abort);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== null) {
    throw failure;
  }
}
