/** What goes in and comes out with a request: the fields of its struct, by name. */
import { CONTAINER_REQUESTS } from './container-requests.js';
import type { DecodedField } from './decoded-field.js';
import { DEVICE_REQUESTS } from './device-requests.js';
import { pointerText } from './quantities.js';
import { nothing, type Request, type RequestFields } from './request.js';
import { SPAPR_REQUESTS } from './spapr-requests.js';

const REQUESTS = new Map<string, RequestFields>(
  Object.entries({ ...CONTAINER_REQUESTS, ...DEVICE_REQUESTS, ...SPAPR_REQUESTS }),
);

/** The fields that go in; of a request that nobody knows, the argument itself. */
export function inputFields(name: string, request: Request): readonly DecodedField[] {
  const fields = REQUESTS.get(name);
  if (fields === undefined) return [['', pointerText(request.argument)]];
  const isUnread = fields !== nothing && request.input.byteLength === 0;
  if (isUnread && fields.isNumber !== true) {
    return [['', pointerText(request.argument)]];
  }
  return fields.in(request);
}

/** The fields that come out of a request, if it has written any. */
export function outputFields(name: string, request: Request): readonly DecodedField[] {
  if (request.output.byteLength === 0) return [];
  return REQUESTS.get(name)?.out?.(request) ?? [];
}
