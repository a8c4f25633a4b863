/** SARIF 2.1.0, as code scanning of GitHub, GitLab and editors reads it. */
import { createHash } from 'node:crypto';
import type { AuditReport } from './audit.ts';

/** @param version of the runner */
export function sarif(report: AuditReport, version: string): object {
  const ids = report.rules.map(({ id }) => id);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'runner audit',
            semanticVersion: version,
            rules: report.rules.map(({ id, title, remedy }) => ({
              id,
              shortDescription: { text: title },
              help: { text: remedy },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: finding.level,
          message: { text: `${finding.message}. ${finding.remedy}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(finding.file), uriBaseId: '%SRCROOT%' },
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
          partialFingerprints: {
            primaryLocationLineHash: createHash('sha256')
              .update(`${finding.rule}\n${finding.source.trim()}`)
              .digest('hex')
              .slice(0, 16),
          },
        })),
      },
    ],
  };
}
