/** What ioctls ask for. */
import { fileKind, requestName } from './decode/ioctl-names.js';
import { memoryAt, type Requested, type SessionCall } from './session-call.js';

/** The request that a call has made; undefined for a call that is no ioctl. Decoded once for all who ask. */
export function requestOf(call: SessionCall): Requested | undefined {
  const { entered, file } = call;
  if (entered?.kind !== 'ioctl') return undefined;
  if (call.requested !== undefined) return call.requested;
  const { argument, command } = entered;
  const responder = file?.isSpapr === true ? 'spapr' : fileKind(file?.label ?? '');
  call.requested = {
    name: requestName(responder, command),
    request: {
      argument,
      input: viewOf(memoryAt(call.reads, argument)),
      output: viewOf(memoryAt(call.writes, argument)),
    },
  };
  return call.requested;
}

const EMPTY = new DataView(new ArrayBuffer(0));

function viewOf(bytes: Uint8Array): DataView {
  if (bytes.length === 0) return EMPTY;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
