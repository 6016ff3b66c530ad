/**
 * The program of a worker process. Its supervisor decides when it ends: by a message, by SIGTERM, or by its own end.
 * SIGINT and SIGHUP are ignored, because a terminal sends them to all processes at once and the supervisor must come
 * first.
 */
import { SupervisorChannel } from './supervisor-channel.ts';
import { startWatchdog } from './watchdog.ts';
import { WorkerProgram } from './worker-program.ts';

const ignore = (): void => undefined;
process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('SIGTERM', stop);

const channel = new SupervisorChannel({ onMessage: (message) => program.accept(message), onClose: stop });
const program = new WorkerProgram({
  channel,
  prepare({ supervisorPid, orphanTimeoutMs }) {
    startWatchdog({ supervisorPid, graceMs: orphanTimeoutMs });
  },
  loaded({ name, parts }, part) {
    process.title = parts === 1 ? `varve ${name}` : `varve ${name} ${part + 1}/${parts}`;
  },
  end: (exitCode) => process.exit(exitCode),
});

function stop(): void {
  program.stop();
}
// It may have closed while this program was being loaded, before anyone listened.
if (!process.connected) stop();
