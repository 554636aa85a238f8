/** `log-drain decode --help`. */
export const DECODE_HELP = `Usage: log-drain decode [options] < record

Shows the lines of one Kinesis record, given on stdin as bytes or base64.

Examples:
  log-drain decode < record.bin
  aws kinesis get-records --shard-iterator "$I" --query 'Records[0].Data' --output text | log-drain decode
  log-drain decode --json < record.bin

What to show:
  --json        one JSON object a line instead of text

Control characters are escaped on a terminal.

Exit code: 0 shown, 1 the record cannot be read, 2 bad usage.
Documentation: README.md
`;
