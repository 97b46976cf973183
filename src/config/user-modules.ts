/**
 * Modules that users write, in TypeScript or JavaScript: device models and machine descriptions. They
 * are loaded into the running uvfio, whose own modules they get for `uvfio/device` and its like, whether
 * or not uvfio is installed beside them. Types are removed, not checked.
 */
import { statSync } from 'node:fs';
import type { Jiti } from 'jiti';
import { lookAt } from '../pci/foreign-code.js';

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>;

/** Extensions of files that are modules. */
export const MODULE_EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'] as const;

/** A module that can't be loaded. */
export class UserModuleError extends Error {
  override readonly name = 'UserModuleError';
  /** What to do about it; empty when the message says it. */
  readonly fix: string;

  constructor(text: string, fix: string, options?: ErrorOptions) {
    super(text, options);
    this.fix = fix;
  }
}

/** Whether a name is that of a module's file. */
export function isModuleFile(name: string): boolean {
  return MODULE_EXTENSIONS.some((extension) => name.endsWith(extension));
}

export class UserModules {
  readonly #own: Exports;
  #loader: Promise<Jiti> | undefined;

  /** @param own what modules get for names of uvfio's, such as `uvfio/device` */
  constructor(own: Exports) {
    this.#own = own;
  }

  /**
   * Loads a module and runs it.
   * @param file an absolute path
   * @throws UserModuleError with file and line, where those are known
   */
  async load(file: string): Promise<Exports> {
    checkFile(file);
    this.#loader ??= this.#createLoader();
    const loader = await this.#loader;
    try {
      const exports: unknown = await loader.import(file);
      return Object(exports) as Exports;
    } catch (error) {
      throw explain(error, file);
    }
  }

  /** It takes a quarter of a second to be there, so it is fetched by those who need it. */
  async #createLoader(): Promise<Jiti> {
    const { createJiti } = await import('jiti');
    // No cache in files: it would be shared with whoever else can write to where it is.
    return createJiti(import.meta.url, {
      fsCache: false,
      interopDefault: false,
      virtualModules: { ...this.#own },
    });
  }
}

/** @throws UserModuleError for what is no file */
function checkFile(file: string): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) throw new UserModuleError(`there is no file ${file}`, 'check the path');
  if (status.isDirectory()) {
    throw new UserModuleError(`${file} is a folder`, 'name the file in it');
  }
}

const SYNTAX_ERROR = /^ParseError: (.*?)\s*\n\s*(\S.*):(\d+):(\d+)\s*$/s;
const MISSING_MODULE = /^Cannot find (?:module|package) '([^']+)'/;

function explain(error: unknown, file: string): UserModuleError {
  const message = error instanceof Error ? error.message : String(error);
  const [, text, place, line, column] = SYNTAX_ERROR.exec(message) ?? [];
  if (text !== undefined) {
    return new UserModuleError(`${place}:${line}:${column}: ${text}`, '', { cause: error });
  }
  const [, missing] = MISSING_MODULE.exec(message) ?? [];
  if (missing !== undefined) {
    const importer = importerOf(error) ?? file;
    const fix = /^[./]/.test(missing) ? 'check the path' : 'install it, or correct the name';
    return new UserModuleError(`${importer} imports '${missing}', which is not there`, fix, {
      cause: error,
    });
  }
  return new UserModuleError(`${file} fails as it is loaded: ${error}`, lookAt(error), {
    cause: error,
  });
}

/** The module that asked for one that is missing. */
function importerOf(error: unknown): string | undefined {
  const { requireStack } = Object(error) as { readonly requireStack?: unknown };
  return Array.isArray(requireStack) ? String(requireStack[0]) : undefined;
}
