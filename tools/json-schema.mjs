// Makes dist/schema.json, by which editors check and complete machine descriptions: the form from the
// schema that uvfio checks them with, the explanations from the types' comments, and the options of each
// device model from the models. Part of the build, after the compiler.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';

/** Which interface explains the keys below a path of the schema. */
const EXPLANATIONS = {
  '': ['description', 'MachineDescription'],
  iommu: ['description', 'IommuDescription'],
  drivers: ['description', 'DriverDescription'],
  devices: ['description', 'DeviceDescription'],
  networks: ['network-description', 'NetworkDescription'],
};

/** @param dist the folder of the compiled package */
export async function writeJsonSchema(dist) {
  const load = async (file) => await import(pathToFileURL(path.join(dist, file)).href);
  const { descriptionSchema } = await load('machine/description.js');
  const { deviceModels } = await load('devices/index.js');
  const schema = toJsonSchema(descriptionSchema, {
    // A model of one's own is an object with functions, which no file has.
    errorMode: 'ignore',
  });
  for (const [key, [file, name]] of Object.entries(EXPLANATIONS)) {
    const part = key === '' ? schema : schema.properties[key];
    explain(part.items ?? part, interfaceIn(path.join(dist, `machine/${file}.d.ts`), name));
  }
  schema.properties.devices.items = deviceSchema(schema.properties.devices.items, deviceModels);
  const whole = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A machine of uvfio',
    ...schema,
  };
  writeFileSync(path.join(dist, 'schema.json'), `${JSON.stringify(whole, null, 2)}\n`);
}

/** A device: names of models, and for each of them its options. */
function deviceSchema(device, models) {
  const { description } = device.properties.model;
  const common = Object.keys(device.properties);
  const scalar = device.additionalProperties;
  const names = [...models].map(([name, { summary }]) => ({ const: name, description: summary }));
  const file = { type: 'string', pattern: '^\\.{0,2}/|\\.[cm]?[jt]s$', description: 'a file' };
  const perModel = [...models].map(([name, { options }]) => ({
    if: { properties: { model: { const: name } }, required: ['model'] },
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON schema
    then: {
      properties: {
        ...Object.fromEntries(common.map((key) => [key, true])),
        ...Object.fromEntries(
          Object.entries(options).map(([key, text]) => [key, { ...scalar, description: text }]),
        ),
      },
      additionalProperties: false,
    },
  }));
  return {
    ...device,
    properties: { ...device.properties, model: { description, anyOf: [...names, file] } },
    allOf: perModel,
  };
}

function explain({ properties }, comments) {
  for (const [key, property] of Object.entries(properties)) {
    const comment = comments.get(key);
    if (comment !== undefined) property.description = comment;
  }
}

/** The comments of an interface's members, by their names. */
function interfaceIn(file, name) {
  const text = readFileSync(file, 'utf8');
  const body = new RegExp(`interface ${name} \\{\\n(.*?)\\n\\}`, 's').exec(text)?.[1];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  const members = body.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*readonly (\$?\w+)\??:/gs);
  return new Map(
    [...members].map(([, comment, key]) => [
      key,
      comment
        .replace(/^\s*\*\s?/gm, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  );
}
