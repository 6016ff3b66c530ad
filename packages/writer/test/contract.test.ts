/** One contract, kept by every partitioner, codec and way of reading, on a disk in memory. */
import { afterEach, beforeEach, describe } from 'vitest';
import { commitContract } from './contract/commit-contract.ts';
import { readContract } from './contract/read-contract.ts';
import { sizeContract } from './contract/size-contract.ts';
import { allSubjects, type Fixture, simulatedFixture } from './contract/subject.ts';

for (const subject of allSubjects()) {
  describe(`as ${subject.title}`, () => {
    let fixture: Fixture;
    beforeEach(() => {
      fixture = simulatedFixture(subject);
    });
    afterEach(() => fixture.close());

    commitContract(() => fixture);
    readContract(() => fixture);
    sizeContract(() => fixture);
  });
}
