// The few globals outside ECMAScript that the pure rooms may use: every engine has them, and they
// neither keep time nor do I/O. Only tsconfig.pure.json reads this file.

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBuffer | ArrayBufferView): string;
}
