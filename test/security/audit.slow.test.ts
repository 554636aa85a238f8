import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeAudit } from '../../scripts/audit/judge.ts';
import { closeServer, listen } from '../helpers/listen.ts';

const TITLE = 'A test';
const URL = 'https://example.com/GHSA-1';

describe('what npm tells of known weaknesses', () => {
  const reportOf = (vulnerabilities: object) =>
    JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { prod: 75 } } });

  it('is passed when there are none', () => {
    expect(judgeAudit(reportOf({}))).toEqual({ kind: 'ran', packages: 75, serious: [], others: 0 });
  });

  it('is sorted, the worst first, and told with its page or its way', () => {
    const verdict = judgeAudit(
      reportOf({
        a: { severity: 'moderate', via: [{ title: TITLE, url: URL }] },
        b: { severity: 'high', via: ['a', 'c'] },
        c: { severity: 'critical', via: [{ title: TITLE, url: URL }] },
        d: { severity: 'low', via: ['a'] },
      }),
    );

    expect(verdict).toEqual({
      kind: 'ran',
      packages: 75,
      serious: [`c: critical: ${TITLE} (${URL})`, 'b: high: through a; through c'],
      others: 2,
    });
  });

  const unreached = (reason: string) =>
    JSON.stringify({
      message: `request to https://registry.example/-/npm failed, reason: ${reason}`,
      error: {},
    });
  it.each([
    ['', 'npm gave no report'],
    ['no JSON', 'npm gave no report'],
    ['[]', 'npm gave no report'],
    [
      JSON.stringify({ statusCode: 503, message: '503 - POST https://registry.example' }),
      'the registry answered 503 to the question',
    ],
    [unreached('connect ECONNREFUSED 192.0.2.1:443'), 'the registry was not reached (ECONNREFUSED)'],
    [unreached('getaddrinfo ENOTFOUND registry.example'), 'the registry was not reached (ENOTFOUND)'],
    [unreached(''), 'the registry was not reached (unknown)'],
  ])('is nothing in %j', (output, why) => {
    expect(judgeAudit(output)).toEqual({ kind: 'did-not-run', why });
  });
});

describe('npm run audit', () => {
  let cache: string;
  let registry: Server;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'log-drain-audit-'));
  });
  afterEach(async () => {
    registry.closeAllConnections();
    await Promise.all([closeServer(registry), rm(cache, { recursive: true })]);
  });

  /** Runs it against a registry that has advisories alone. */
  async function audit(
    status: number,
    answer: unknown,
  ): Promise<{ readonly code: number; readonly stdout: string }> {
    registry = createServer((request, response) => {
      const isQuestion = request.method === 'POST' && request.url === '/-/npm/v1/security/advisories/bulk';
      request.resume();
      response.writeHead(isQuestion ? status : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isQuestion ? answer : {}));
    });
    const url = `http://127.0.0.1:${await listen(registry)}/`;
    const env = {
      ...process.env,
      npm_config_registry: url,
      npm_config_cache: cache,
      npm_config_noproxy: '127.0.0.1',
    };
    return new Promise((resolve) =>
      execFile(process.execPath, ['--import', 'tsx', 'scripts/audit.ts'], { env }, (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), stdout }),
      ),
    );
  }

  it('fails for a serious weakness of what is shipped', async () => {
    const severity = 'high';
    const one = { id: 1, url: URL, title: TITLE, severity, vulnerable_versions: '<999', cwe: [] };

    const { code, stdout } = await audit(200, { undici: [one] });

    expect(stdout).toContain(`undici: high: ${TITLE} (${URL})\n`);
    expect(code).toBe(1);
  });

  it('says that it did not run, and does not fail, where the registry has no advisories', async () => {
    const { code, stdout } = await audit(405, '');

    expect(stdout).toBe('Audit of dependencies did not run: the registry answered 405 to the question.\n');
    expect(code).toBe(0);
  });
});
