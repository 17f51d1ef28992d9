import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { PlantFile } from '@millwright/plant-model';

export class PlantFilesError extends Error {
  override readonly name = 'PlantFilesError';
}

/** The plant file, or every .yaml and .yml of the folder by name. Throws {@link PlantFilesError} with a sentence. */
export const readPlantFiles = async (path: string): Promise<PlantFile[]> => {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new PlantFilesError(`plant file or folder "${path}" does not exist; set --plant to one that does`);
  const files = found.isDirectory()
    ? (await readdir(path))
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0)
    throw new PlantFilesError(`plant folder "${path}" has no .yaml file; put one there for each line`);
  return Promise.all(files.map(readOne));
};

const readOne = async (path: string): Promise<PlantFile> => {
  const file = relative('.', path);
  try {
    return { file, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new PlantFilesError(
      `plant file "${file}" cannot be read: ${(error as Error).message}; make it readable for this user`,
    );
  }
};
