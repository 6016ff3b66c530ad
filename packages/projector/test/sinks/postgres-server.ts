/**
 * A PostgreSQL server for a test: with its own data directory, on a Unix socket in it, removed when it is stopped. It
 * refuses to run as root; in that case it runs as the user `postgres`.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of its programs; undefined when this machine has none. */
function findPrograms(): string | undefined {
  const places = [...globSync('/usr/lib/postgresql/*/bin').sort().toReversed(), '/usr/local/bin', '/usr/bin'];
  return places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'pg_ctl')));
}

const programs = findPrograms();

/** True where tests with PostgreSQL can run. Throws instead of returning false when `VARVE_REQUIRE_TOOLS` is set. */
export function hasPostgres(): boolean {
  if (programs !== undefined) return true;
  if (process.env['VARVE_REQUIRE_TOOLS'] !== undefined) throw new Error('PostgreSQL (initdb, pg_ctl) is missing.');
  console.log('Skipped: PostgreSQL (initdb, pg_ctl) is not on this machine.');
  return false;
}

export class PostgresServer {
  /** The folder of the socket: the `host` to connect to. */
  readonly host: string;
  private readonly data: string;

  constructor() {
    this.host = mkdtempSync(join(tmpdir(), 'pg-'));
    this.data = join(this.host, 'data');
    mkdirSync(this.data);
    const user = serverUser();
    if (user !== undefined) for (const path of [this.host, this.data]) chownSync(path, user.uid, user.gid);
    chmodSync(this.data, 0o700);
    run('initdb', ['--pgdata', this.data, '--username', 'test', '--auth', 'trust', '--no-sync']);
    const options = `-k ${this.host} -c listen_addresses='' -c fsync=off -c max_connections=30`;
    run('pg_ctl', ['--pgdata', this.data, '--wait', '--log', join(this.host, 'log'), '--options', options, 'start']);
  }

  stop(): void {
    run('pg_ctl', ['--pgdata', this.data, '--wait', '--mode', 'immediate', 'stop']);
    rmSync(this.host, { recursive: true });
  }
}

function run(program: string, values: readonly string[]): void {
  execFileSync(join(programs!, program), values, { ...serverUser(), cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
}

function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
