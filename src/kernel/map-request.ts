/** What `mmap` of a descriptor asks for. */
export interface MapRequest {
  readonly length: number;
  /** PROT_… bits. */
  readonly protection: number;
  readonly isShared: boolean;
  /** Bytes; a multiple of the page size. */
  readonly offset: number;
}
