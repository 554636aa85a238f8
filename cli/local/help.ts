/** `log-drain local --help`. */
export const LOCAL_HELP = `Usage: log-drain local [options] [-- command args...]

Runs the whole system on this machine, without an account: the shipper, an embedded Kinesis, the built functions, and
for each destination a strict receiver. Listens on 127.0.0.1 only.

Examples:
  log-drain local
  log-drain local -- python agent.py start
  log-drain local --env datadog.env -- python agent.py start
  log-drain local --json --out out -- cat agent.log

Without a command it runs a sample agent and shows what arrives, until Ctrl-C. With one, it ships what the command
prints, waits until all of it is settled, and prints what was written and what each destination took. stdout carries
only that; the command's output and our messages go to stderr.

Where:
  --env FILE     settings by their usual names (KEY=VALUE; quoted values may span lines): destinations that it sets go
                 to the real service, all others to a local receiver. No other .env is read.
  --shards N     of the stream, 1 to 100 (default 1)
  --faults FILE  make Kinesis, Secrets Manager, S3 or receivers misbehave (JSON, see docs/local.md)

Result:
  --json         one JSON object instead of the table
  --out DIR      write each accepted event to DIR/<destination>.ndjson

Exit code: 0 if no line was lost for any destination, 1 if one was or something failed, 2 bad usage; never the
command's own.
Documentation: docs/local.md
`;
