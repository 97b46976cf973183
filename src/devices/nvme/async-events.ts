/**
 * Asynchronous events (NVM Express 1.4 §5.2): the host leaves requests with the controller, which
 * completes one when there is something to tell. A kind that was told is silent until its log was read.
 */
import type { SubmissionQueue } from './queues.js';
import { CommandError, Status } from './status.js';

/** Kinds of events. */
export const EventType = { error: 0, health: 1, notice: 2 } as const;

/** What is told of errors. */
export const ErrorEvent = { invalidDoorbellRegister: 0, invalidDoorbellValue: 1 } as const;

/** What is told of health: the temperature is above a threshold. */
export const TEMPERATURE_THRESHOLD = 1;

/** What notices are of: namespaces were attached, detached, or changed. */
export const NAMESPACE_CHANGED = 0;

/** A request that waits for an event. */
export interface EventRequest {
  readonly queue: SubmissionQueue;
  readonly commandId: number;
}

/** Requests that may wait at a time. */
export const EVENT_REQUESTS = 4;

export class AsyncEvents {
  #requests: EventRequest[] = [];
  /** The event to be told next, by type; the first of a type stands for all. */
  readonly #pending = new Map<number, number>();
  readonly #masked = new Set<number>();

  reset(): void {
    this.#requests = [];
    this.#pending.clear();
    this.#masked.clear();
  }

  /** @throws CommandError when too many wait */
  request(request: EventRequest): void {
    if (this.#requests.length >= EVENT_REQUESTS) {
      throw new CommandError(Status.asyncEventLimitExceeded);
    }
    this.#requests.push(request);
  }

  /** Takes back a request. False: there is none. */
  abort(queueId: number, commandId: number): EventRequest | undefined {
    const found = this.#requests.find(
      (request) => request.queue.id === queueId && request.commandId === commandId,
    );
    this.#requests = this.#requests.filter((request) => request !== found);
    return found;
  }

  /** Something happened. @param log the log page that says more */
  add(type: number, information: number, log: number): void {
    if (!this.#pending.has(type)) {
      this.#pending.set(type, type | (information << 8) | (log << 16));
    }
  }

  /** The host has read the log page of a type. */
  acknowledge(type: number): void {
    this.#masked.delete(type);
  }

  /** Events that can be told now, with the requests they complete. */
  *take(): Generator<EventRequest & { readonly result: number }> {
    for (const [type, result] of this.#pending) {
      if (this.#masked.has(type)) continue;
      const request = this.#requests.shift();
      if (request === undefined) return;
      this.#pending.delete(type);
      this.#masked.add(type);
      yield { ...request, result };
    }
  }
}
