/** CTRF 0.0 (ctrf.io) as far as the runner writes it: what the specification requires, and no key that it does not know. */
import * as z from 'zod';

const whole = z.int().nonnegative();
const status = z.enum(['passed', 'failed', 'skipped', 'pending', 'other']);
const extra = z.record(z.string(), z.unknown()).optional();

const attachment = z.strictObject({ name: z.string(), contentType: z.string(), path: z.string() });

const test = z.strictObject({
  testId: z.string().min(1),
  name: z.string().min(1),
  status,
  rawStatus: z.string(),
  duration: whole,
  start: whole,
  stop: whole,
  suite: z.array(z.string()).min(1).optional(),
  filePath: z.string().optional(),
  line: z.int().positive().optional(),
  type: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  message: z.string().optional(),
  trace: z.string().optional(),
  threadId: z.string().optional(),
  retries: z.int().positive().optional(),
  retryAttempts: z
    .array(
      z.strictObject({
        attempt: z.int().positive(),
        status,
        duration: whole,
        message: z.string(),
        trace: z.string(),
      }),
    )
    .min(1)
    .optional(),
  flaky: z.literal(true).optional(),
  stdout: z.array(z.string()).optional(),
  attachments: z.array(attachment).optional(),
});

export const ctrfReport = z.strictObject({
  reportFormat: z.literal('CTRF'),
  specVersion: z.string().regex(/^\d+\.\d+\.\d+$/),
  runId: z.string().min(1).optional(),
  generatedBy: z.string(),
  results: z.strictObject({
    tool: z.strictObject({ name: z.string().min(1), version: z.string().optional() }),
    summary: z.strictObject({
      tests: whole,
      passed: whole,
      failed: whole,
      skipped: whole,
      pending: whole,
      other: whole,
      flaky: whole,
      suites: whole,
      start: whole,
      stop: whole,
      duration: whole,
      extra,
    }),
    tests: z.array(test),
    environment: z
      .strictObject({
        osPlatform: z.string(),
        testEnvironment: z.string(),
        healthy: z.boolean(),
        extra,
      })
      .optional(),
  }),
});
