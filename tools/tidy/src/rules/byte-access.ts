/** Only one folder lays out bytes, and all other code calls it, so that the format can be read in one place. */
import type { Expression, Node } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import { byteAccessFree, byteFolder } from '../layers.ts';
import type { SourceFile } from '../source-file.ts';

const remedy = `move it to ${byteFolder} and call that`;

const numberAccess = [
  // Buffer: readUInt32LE, writeBigInt64BE, readIntBE, writeDoubleLE.
  /^(read|write)(U?[Ii]nt(8|16|32)?|Big(U[Ii]|I)nt64|Float|Double)(LE|BE)?$/,
  // DataView: getUint16, setFloat64.
  /^[gs]et(Uint|Int|BigUint|BigInt|Float)(8|16|32|64)$/,
  // The number readers of our own format.
  /^(read|write)([UI](8|16|24|32|40|48|56|64)|Varint)$/,
  // Buffer's fast paths and byte order.
  /^((latin1|utf8|ascii|hex|ucs2)(Write|Slice)|swap(16|32|64))$/,
];

/** Arrays whose elements take several bytes. A view of memory as single bytes lays nothing out. */
const wideArray = /^((Uint|Int)(16|32)Array|Big(Ui|I)nt64Array|Float(16|32|64)Array)$/;

export function byteAccess(file: SourceFile): Finding[] {
  const free = file.isTest || [byteFolder, ...byteAccessFree].some((folder) => file.path.startsWith(folder));
  if (free || !file.isCode) return [];
  const findings: Finding[] = [];
  file.walk((node) => {
    const found = byteAccessIn(node);
    if (found) findings.push({ path: file.path, line: file.lineAt(node.start), found, remedy });
  });
  return findings;
}

function byteAccessIn(node: Node): string | undefined {
  if (node.type === 'CallExpression') {
    const name = calledName(node.callee);
    if (name && numberAccess.some((pattern) => pattern.test(name))) return `reads or writes bytes with ${name}()`;
  }
  if (node.type === 'NewExpression' && node.callee.type === 'Identifier') {
    const { name } = node.callee;
    if (name === 'DataView') return 'reads or writes bytes with DataView';
    if (wideArray.test(name) && viewsMemory(node.arguments[0])) return `reinterprets memory with ${name}`;
  }
  if (node.type === 'BinaryExpression' && /^(<<|>>>?)$/.test(node.operator)) {
    if (isIndexed(node.left)) return `puts bytes together with ${node.operator}`;
  }
  return undefined;
}

function calledName(callee: Expression): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression' && !callee.computed && callee.property.type === 'Identifier') {
    return callee.property.name;
  }
  return undefined;
}

/** `new Uint32Array(block.buffer, ...)`: a different view of the same memory. A count or a list allocates new memory. */
function viewsMemory(argument: Node | undefined): boolean {
  return (
    argument?.type === 'MemberExpression' &&
    argument.property.type === 'Identifier' &&
    argument.property.name === 'buffer'
  );
}

function isIndexed(node: Node): boolean {
  if (node.type === 'TSNonNullExpression' || node.type === 'ParenthesizedExpression') return isIndexed(node.expression);
  return node.type === 'MemberExpression' && node.computed;
}
