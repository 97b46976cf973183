/** Calls that failed in a way that says what the program has mixed up. */
import { RegionInfo, VFIO_PCI_NUM_REGIONS, VFIO_PCI_OFFSET_SHIFT } from '../../uapi/vfio.js';
import { errorName, regionName } from '../decode/constants.js';
import { hex, sizeText } from '../decode/quantities.js';
import type { SessionCall } from '../session-call.js';
import { fileText, requestOf } from '../trace/call-text.js';
import type { Detector, Finding } from './finding.js';

/** So many failures in a row are a loop. */
const LOOP = 10;
const REGION_SPAN = 2 ** VFIO_PCI_OFFSET_SHIFT;

interface Failures {
  readonly text: string;
  error: string;
  row: number;
  most: number;
}

export class CallFindings implements Detector {
  /** By process, file and request. */
  readonly #failures = new Map<string, Failures>();
  /** Sizes of regions that the program has asked for, by device and index. */
  readonly #sizes = new Map<string, number>();
  readonly #findings = new Map<string, Finding>();

  call(call: SessionCall): void {
    const { entered, file } = call;
    if (file === undefined || entered === undefined) return;
    if (entered.kind === 'ioctl') this.#request(call);
    else if (entered.kind === 'read' || entered.kind === 'write') {
      this.#transfer(call, entered.kind, entered.offset);
    }
  }

  findings(): readonly Finding[] {
    const loops = [...this.#failures.values()].filter(({ most }) => most >= LOOP);
    return [
      ...this.#findings.values(),
      ...loops.map(
        ({ text, error, most }): Finding => ({
          kind: 'retry-loop',
          text: `${text} failed ${most} times in a row with ${error}.`,
          advice:
            'Look at the error and give up, or remove its cause: the same call gives the same answer.',
        }),
      ),
    ];
  }

  #request(call: SessionCall): void {
    const decoded = requestOf(call);
    if (decoded === undefined || call.file === undefined) return;
    const { name, request } = decoded;
    this.#count(call, name);
    if (name === 'VFIO_DEVICE_GET_REGION_INFO' && call.result >= 0) {
      if (request.output.byteLength < RegionInfo.size) return;
      const { index, size } = RegionInfo.decode(request.output);
      this.#sizes.set(`${call.file.device} ${index}`, Number(size));
    }
    if (name === 'VFIO_GROUP_UNSET_CONTAINER' && errorName(call.result) === 'EBUSY') {
      this.#findings.set(name, {
        kind: 'close-order',
        text: `VFIO_GROUP_UNSET_CONTAINER of ${fileText(call.file)} failed with EBUSY: a device of the group was still open.`,
        advice: 'Close the device (and unmap its regions) before its group leaves the container.',
      });
    }
  }

  #count(call: SessionCall, name: string): void {
    const key = `${call.pid} ${call.file?.number} ${name}`;
    let failures = this.#failures.get(key);
    if (failures === undefined) {
      if (call.result >= 0) return;
      const text = `${name} on ${call.file === undefined ? '' : fileText(call.file)}`;
      failures = { text, error: '', row: 0, most: 0 };
      this.#failures.set(key, failures);
    }
    const error = call.result < 0 ? errorName(call.result) : '';
    if (error === '') failures.row = 0;
    else {
      failures.row = error === failures.error || failures.row === 0 ? failures.row + 1 : 1;
      if (failures.row >= failures.most) failures.most = failures.row;
      failures.error = error;
    }
  }

  #transfer(call: SessionCall, kind: 'read' | 'write', offset: number): void {
    const device = call.file?.device;
    if (device === undefined || offset < 0 || call.result >= 0 || this.#findings.has(device))
      return;
    if (!['EINVAL', 'EFAULT'].includes(errorName(call.result))) return;
    const region = Math.floor(offset / REGION_SPAN);
    const within = offset % REGION_SPAN;
    const size = this.#sizes.get(`${device} ${region}`);
    if (size !== undefined && within < size) return;
    const where =
      region >= VFIO_PCI_NUM_REGIONS
        ? 'where there is no region'
        : `which is ${hex(within)} in ${regionName(region)}${size === undefined ? '' : ` of ${sizeText(size)}`}`;
    this.#findings.set(device, {
      kind: 'wrong-offset',
      text: `A ${kind} of ${device} at offset ${hex(offset)} failed with ${errorName(call.result)}: ${where}.`,
      advice:
        'Add the offset that VFIO_DEVICE_GET_REGION_INFO gives for the region to that of the register.',
    });
  }
}
