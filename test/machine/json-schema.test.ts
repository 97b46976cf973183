// The JSON schema in the package, by which editors check descriptions, says what uvfio itself says.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deviceModels } from '../../src/devices/index.js';
import { descriptionSchema } from '../../src/machine/description.js';

interface Part {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly items?: Part;
  readonly additionalProperties?: unknown;
  readonly anyOf?: readonly { readonly const?: string }[];
  readonly allOf?: readonly {
    readonly if: { readonly properties: { readonly model: { readonly const: string } } };
    readonly then: Part;
  }[];
}

const schema = JSON.parse(
  readFileSync(new URL('../../dist/schema.json', import.meta.url), 'utf8'),
) as Part;
const device = schema.properties?.['devices']?.items;

test('it has the keys of a description, each with its explanation', () => {
  const { properties = {} } = schema;
  expect(Object.keys(properties)).toEqual(Object.keys(descriptionSchema.entries));
  const parts = [properties, properties['iommu']?.properties, device?.properties];
  const unexplained = parts.flatMap((part = {}) =>
    Object.entries(part).flatMap(([key, { description }]) => (description ? [] : [key])),
  );
  expect(unexplained).toEqual([]);
});

test('it takes no other keys', () => {
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties?.['iommu']?.additionalProperties).toBe(false);
});

describe('devices', () => {
  test('are of the models that there are, or of files', () => {
    const names = device?.properties?.['model']?.anyOf?.flatMap(({ const: name }) => name ?? []);
    expect(names).toEqual([...deviceModels.keys()]);
  });

  test.each([...deviceModels])('of the model %s have its options and no others', (name, model) => {
    const rule = device?.allOf?.find((candidate) => candidate.if.properties.model.const === name);
    const common = ['model', 'addr', 'driver', 'group'];
    expect(Object.keys(rule?.then.properties ?? {})).toEqual([
      ...common,
      ...Object.keys(model.options),
    ]);
    expect(rule?.then.additionalProperties).toBe(false);
  });
});
