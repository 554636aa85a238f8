/** The parts that the help of `run` and `ship` share. */

export const WHAT = `What to send:
  --agent-id ID          the agent's id; else LOG_DRAIN_AGENT_ID, LIVEKIT_AGENT_ID, livekit.toml,
                         AGENT_ID, in this order (required)
  --config FILE          where livekit.toml is (default ./livekit.toml)
  --worker-id ID         this replica's id; else LOG_DRAIN_WORKER_ID, WORKER_ID, the ECS task, pod or
                         Fly machine (default the host's name and a random suffix)`;

export const WHERE = `Where:
  --stream NAME|ARN      the Kinesis stream; else LOG_DRAIN_STREAM (required)
  Credentials and region come from AWS_* variables, profiles or roles as for any AWS tool; the region
  of an ARN wins. AWS_ENDPOINT_URL_KINESIS sets another endpoint. Where the stream is in another
  account than what the agent uses, LOG_DRAIN_AWS_ACCESS_KEY_ID, LOG_DRAIN_AWS_PROFILE and so on are
  the shipper's own, instead of all AWS_*.`;

export const BATCHING = `Batching:
  --max-line-bytes SIZE  split longer lines, 1KiB to 900KiB (default 256KiB)`;

const FULL = `  --buffer-bytes SIZE    compressed records that may wait in memory, at least 2MiB (default 64MiB)
  --spool DIR            write each record there before it is sent, and remove it when Kinesis took it;
                         what earlier or killed shippers left there is sent first. One directory on
                         this machine for each stream; several shippers may share it
  --spool-bytes SIZE     records that one shipper may keep there, at least 2MiB (default 1GiB)`;

export const WHEN_FULL_RUN = `When full:
${FULL}
  --when-full drop|block drop the oldest lines, counted and announced, or let the agent wait
                         (default drop)
  --when-tee-full drop|block
                         leave chunks out of the copy to our own output, counted, while 16 MiB of it
                         wait, or let the agent wait for its reader (default drop)
  --summary-file FILE    at the end, write the counts of lines there as JSON
  --messages-file FILE   write our own messages there instead of on stderr`;

export const WHEN_FULL_SHIP = `When full:
${FULL}
  --when-full drop|block drop the oldest lines, counted and announced, or stop reading (default block)
  --summary-file FILE    at the end, write the counts of lines there as JSON
  --messages-file FILE   write our own messages there instead of on stderr`;

export const FOOTER = `
Durations: 10, 10s, 500ms, 2m. Sizes: 262144, 256KiB, 1MiB.
Documentation: README.md
`;
