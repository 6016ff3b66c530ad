import { showPartitions } from './support/show-partitions.js';

const documentsPerChunk = 4;
// #region sample
// completed: without the outer parentheses JavaScript reads it as the number 0, whatever the document
const partitioner = (document, sequenceNumber) => 'partition' + ((sequenceNumber / documentsPerChunk) >> 0);
// #endregion

await showPartitions({ partitioner });
