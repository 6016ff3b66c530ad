/** Preloaded into workers: records every module that they load. */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const file = process.env['VARVE_TEST_LOADS'];
if (file !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      appendFileSync(file, `${url}\n`);
      return nextLoad(url, context);
    },
  });
}
