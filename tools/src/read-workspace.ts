/** The tree as the boundary rule looks at it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Project, SourceFile, Workspace } from './boundaries.ts';

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

const SKIPPED = ['node_modules', 'dist'];

export function readWorkspace(root: string): Workspace {
  const manifest = readManifest(root);
  const patterns = manifest.workspaces ?? [];
  const folders = patterns.flatMap((pattern) => (pattern.endsWith('/*') ? foldersIn(root, pattern.slice(0, -2)) : [pattern]));
  return {
    projects: folders
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => readProject(root, folder)),
    // Not by project: a file that belongs to none must be found as well.
    files: patterns.map((pattern) => pattern.replace(/\/\*$/, '')).flatMap((folder) => readFiles(root, folder)),
    rootDevDependencies: Object.keys(manifest.devDependencies ?? {}),
  };
}

const foldersIn = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

function readProject(root: string, folder: string): Project {
  const { name, dependencies = {}, devDependencies = {}, nx } = readManifest(join(root, folder));
  const tags = nx?.tags?.filter((tag) => tag.startsWith('layer:')) ?? [];
  return {
    name,
    folder,
    dependencies: Object.keys(dependencies),
    devDependencies: Object.keys(devDependencies),
    // None, or more than one, is no layer that the rule knows.
    layer: tags.map((tag) => tag.slice('layer:'.length)).join(' and '),
  };
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest; // npm's own format

function readFiles(root: string, folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : readFiles(root, path);
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : [];
  });
}
