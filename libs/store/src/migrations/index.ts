/**
 * Every migration, in order of its name. A release only adds what the release before it can live with (new tables, new
 * nullable columns), because the two run side by side during an update.
 */
import type { Migration } from 'kysely';
import * as configuration from './0001-configuration.ts';
import * as audit from './0002-audit.ts';
import * as modelPrice from './0003-model-price.ts';
import * as metricAttempt from './0004-metric-attempt.ts';
import * as job from './0005-job.ts';
import * as webhook from './0006-webhook.ts';
import * as file from './0007-file.ts';
import * as batch from './0008-batch.ts';
import * as operator from './0009-operator.ts';
import * as budget from './0010-budget.ts';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-configuration': configuration,
  '0002-audit': audit,
  '0003-model-price': modelPrice,
  '0004-metric-attempt': metricAttempt,
  '0005-job': job,
  '0006-webhook': webhook,
  '0007-file': file,
  '0008-batch': batch,
  '0009-operator': operator,
  '0010-budget': budget,
};
