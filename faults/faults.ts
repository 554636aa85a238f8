import { AGENT_FAULTS } from './rows/agent.ts';
import { BURST_FAULTS } from './rows/agent-bursts.ts';
import { AWS_FAULTS } from './rows/functions-aws.ts';
import { CONTAINER_FAULTS } from './rows/functions-containers.ts';
import { LIMIT_FAULTS } from './rows/functions-limits.ts';
import { RECORD_FAULTS } from './rows/functions-records.ts';
import { ACCOUNT_FAULTS } from './rows/isolation.ts';
import { FLOOD_FAULTS } from './rows/isolation-flood.ts';
import { SERVICE_ISOLATION } from './rows/isolation-services.ts';
import { KILLS } from './rows/kills.ts';
import { KINESIS_FAULTS } from './rows/kinesis.ts';
import { REDRIVE_FAULTS } from './rows/redrive.ts';
import { ANSWER_FAULTS } from './rows/services-answers.ts';
import { CODE_FAULTS } from './rows/services-codes.ts';
import { SYSLOG_FAULTS } from './rows/services-syslog.ts';
import { TELLING_FAULTS } from './rows/services-telling.ts';
import { TLS_FAULTS } from './rows/services-tls.ts';
import { CONTAINER_SURROUNDINGS } from './rows/shipper/containers.ts';
import { LINE_FAULTS } from './rows/shipper/lines.ts';
import { SIGNALS } from './rows/shipper/signals.ts';
import { SURROUNDINGS } from './rows/shipper/surroundings.ts';
import { TROUBLE_FAULTS } from './rows/shipper/trouble.ts';
import { SHIPPER_FAULTS } from './rows/shipper.ts';
import type { Fault } from './stage/fault.ts';

/** Every row of the scoreboard, in its order. */
export const FAULTS: readonly Fault[] = [
  ...AGENT_FAULTS,
  ...BURST_FAULTS,
  ...KILLS,
  ...SHIPPER_FAULTS,
  ...LINE_FAULTS,
  ...SURROUNDINGS,
  ...CONTAINER_SURROUNDINGS,
  ...SIGNALS,
  ...TROUBLE_FAULTS,
  ...KINESIS_FAULTS,
  ...CONTAINER_FAULTS,
  ...LIMIT_FAULTS,
  ...AWS_FAULTS,
  ...RECORD_FAULTS,
  ...REDRIVE_FAULTS,
  ...CODE_FAULTS,
  ...TELLING_FAULTS,
  ...ANSWER_FAULTS,
  ...TLS_FAULTS,
  ...SYSLOG_FAULTS,
  ...ACCOUNT_FAULTS,
  ...SERVICE_ISOLATION,
  ...FLOOD_FAULTS,
];
