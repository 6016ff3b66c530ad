/** One contract, kept by every partitioner, codec and way of reading, on a disk in memory. */
import { afterEach, beforeEach, describe } from 'vitest';
import { commitContract } from './contract/commit-contract.ts';
import { conditionContract } from './contract/condition-contract.ts';
import { readContract } from './contract/read-contract.ts';
import { sizeContract } from './contract/size-contract.ts';
import { streamContract } from './contract/stream-contract.ts';
import { allSubjects, type Fixture, simulatedFixture } from './contract/subject.ts';

for (const subject of allSubjects()) {
  describe(`as ${subject.title}`, () => {
    let fixture: Fixture;
    beforeEach(() => {
      fixture = simulatedFixture(subject);
    });
    afterEach(() => fixture.close());

    commitContract(() => fixture);
    conditionContract(() => fixture);
    readContract(() => fixture);
    sizeContract(() => fixture);
    streamContract(() => fixture);
  });
}
