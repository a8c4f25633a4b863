/** What the registry promised of times: a breach stops the deploy, what nobody can judge yet is said. Pure. */
import { type Summary, scopeWords, slaWords } from '../reporters/index.ts';
import { broken, type GateCheck, held } from './check.ts';

export const slaChecks = (summary: Summary): readonly GateCheck[] =>
  summary.sla.map((judgement): GateCheck => {
    const { scope, rule, verdict } = judgement;
    const id = `sla:${scopeWords(scope)}:${rule}`;
    const said = `SLA: ${slaWords(judgement)}`;
    return verdict === 'breached'
      ? broken(id, said, 'find what became slower, or promise less: the sla in the registry')
      : held(id, said);
  });
