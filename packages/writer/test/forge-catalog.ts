/** Exchanges a stored function in the bytes of a catalog, with checksums that fit, as somebody with access could. */
import {
  catalogRecordChecksum,
  checksumSeed,
  decodeCatalogRecord,
  encodeCatalogRecord,
  fileHeaderBytes,
} from '@varve/core/internal';

export class CatalogForger {
  private readonly bytes: Uint8Array;
  private readonly seed: number;

  constructor(bytes: Uint8Array, storeId: string) {
    this.bytes = bytes;
    this.seed = checksumSeed(storeId);
  }

  withFunction(name: string, source: string): Uint8Array {
    const parts = [this.bytes.subarray(0, fileHeaderBytes)];
    let previous = 0;
    for (let at = fileHeaderBytes; at < this.bytes.length;) {
      const decoded = decodeCatalogRecord(this.bytes, at, this.bytes.length, this.seed);
      if (typeof decoded === 'string') throw new Error(decoded);
      const { record } = decoded;
      const forged =
        record.kind === 'index' && record.name === name
          ? { ...record, metadata: { ...record.metadata, function: source } }
          : record;
      const encoded = encodeCatalogRecord(forged, previous, this.seed);
      parts.push(encoded);
      previous = catalogRecordChecksum(encoded);
      at = decoded.end;
    }
    return Buffer.concat(parts);
  }
}
