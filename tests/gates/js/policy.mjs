// Reads a list of policies from stdin, and writes for each the list of what the evaluator says.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.argv[2]}/`);
const { CspParser } = require('csp_evaluator/dist/parser.js');
const { CspEvaluator } = require('csp_evaluator/dist/evaluator.js');

const policies = JSON.parse(readFileSync(0, 'utf8'));
const said = policies.map((policy) => {
  const findings = new CspEvaluator(new CspParser(policy).csp).evaluate();
  return findings.map((each) => `${each.directive}: ${each.description}`);
});
process.stdout.write(JSON.stringify(said));
