import { showPartitions } from './support/show-partitions.js';

const maxPartitions = 3;
// #region sample
const partitioner = (document, sequenceNumber) => 'partition-' + (sequenceNumber % maxPartitions);
// #endregion

await showPartitions({ partitioner });
