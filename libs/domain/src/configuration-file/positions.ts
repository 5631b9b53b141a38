/** Where in the text a path of the file stands. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml';
import type { Path } from './rules.ts';

/** Offset of the value at the path; of its key when the value is empty; of the nearest thing around it when it is absent. */
export function offsetOf(document: Document, path: Path): number {
  let found = 0;
  let node: unknown = document.contents;
  for (const [depth, step] of [...path, null].entries()) {
    if (!isNode(node)) return found;
    if (isAlias(node)) node = node.resolve(document);
    if (isNode(node) && !isEmpty(node)) found = startOf(node) ?? found;
    if (step === null || depth === path.length) return found;
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === String(step)) : undefined;
    if (pair && isNode(pair.key)) found = startOf(pair.key) ?? found;
    node = pair ? pair.value : isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
  }
  return found;
}

/** Offset of a key of the map at the path: where an unknown key is shown. */
export function keyOffsetOf(document: Document, path: Path, key: string): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(node) ? node.items.find((item) => keyOf(item) === key) : undefined;
  return (pair && isNode(pair.key) ? startOf(pair.key) : undefined) ?? offsetOf(document, path);
}

/** The path of a node, from what stands around it as `visit` tells it. */
export function pathOf(ancestors: readonly unknown[], node: unknown): Path {
  const path: (string | number)[] = [];
  for (const [depth, ancestor] of ancestors.entries()) {
    if (isPair(ancestor)) path.push(keyOf(ancestor));
    else if (isSeq(ancestor)) path.push(ancestor.items.indexOf(ancestors[depth + 1] ?? node));
  }
  return path;
}

/** As `resources[0].routes[1].connection`. */
export const printPath = (path: Path): string =>
  path.map((step, depth) => (typeof step === 'number' ? `[${step}]` : depth === 0 ? step : `.${step}`)).join('');

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);
const startOf = (node: Node): number | undefined => node.range?.[0];
const isEmpty = (node: Node): boolean => isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
