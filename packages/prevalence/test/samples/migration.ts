/** A model in its second version, for docs/prevalence.md. */
// #region docs
import { collection, convertField, dropField, prevalence, renameField } from '@varve/prevalence';

interface Unit {
  serial: string;
  incept: Date;
}

export const units = prevalence({
  name: 'registry',
  version: 2,
  model: { units: collection<Unit>()({ key: 'serial' }) },
  commands: {},
  migrations: [
    {
      rename: { units: 'replicants' },
      drop: ['notes'],
      convert: {
        units: [
          renameField('designation', 'serial'),
          dropField('role'),
          convertField('incept', (text: string) => new Date(text)),
        ],
      },
    },
  ],
});
// #endregion docs
