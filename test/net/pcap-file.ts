// Captures for tests to replay, made without the code that is tested.

/** A capture in the classic format. Times are seconds and microseconds. */
export function pcap(
  frames: readonly { at: [number, number]; bytes: Uint8Array; length?: number }[],
  { isLittleEndian = true, linkType = 1 } = {},
): Uint8Array {
  const words = (...values: number[]): number[] => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    for (const [index, value] of values.entries()) view.setUint32(index * 4, value, isLittleEndian);
    return [...new Uint8Array(view.buffer)];
  };
  const version = isLittleEndian ? 0x0004_0002 : 0x0002_0004;
  const header = words(0xa1b2_c3d4, version, 0, 0, 65_535, linkType);
  const records = frames.flatMap(({ at, bytes, length = bytes.length }) => [
    ...words(at[0], at[1], bytes.length, length),
    ...bytes,
  ]);
  return Uint8Array.from([...header, ...records]);
}
