import { Agent, request as httpRequest } from 'node:http';

/** What is asked again and again; `mark` names the effect of a mutation. */
export interface Asked {
  readonly token: string;
  readonly mark: string | null;
  readonly body: object;
}

export interface SentRequest {
  readonly asked: Asked;
  readonly at: number;
  /** Null while it is under way. REFUSED: not one byte came back. BROKEN: the answer was not complete. */
  outcome: 'ANSWERED' | 'REFUSED' | 'BROKEN' | null;
  /** Status and body of a complete answer, or what failed. */
  text: string;
}

export interface SteadyLoad {
  readonly sent: readonly SentRequest[];
  /** Resolves once so many requests were answered. */
  answered(count: number): Promise<void>;
  /** Sends no more; resolves once nothing is under way. */
  stop(): Promise<void>;
}

const TICK_MS = 20;
const EACH_TICK = 4;
const MAX_UNDER_WAY = 40;

/** Sends 200 requests a second on connections that are kept alive, whether or not they are answered, at most `limit` in all. */
export function steadyLoad(url: string, next: (n: number) => Asked, limit: number): SteadyLoad {
  const agent = new Agent({ keepAlive: true });
  const sent: SentRequest[] = [];
  const looks = new Set<() => void>();
  let [underWay, answers] = [0, 0];

  function send(asked: Asked): void {
    const one: SentRequest = { asked, at: performance.now(), outcome: null, text: '' };
    sent.push(one);
    underWay++;
    const end = (outcome: SentRequest['outcome'], text: string) => {
      if (one.outcome !== null) return;
      Object.assign(one, { outcome, text });
      underWay--;
      if (outcome === 'ANSWERED') answers++;
      for (const look of looks) look();
    };
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${asked.token}` };
    const sending = httpRequest(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let text = `${response.statusCode} `;
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('close', () => end(response.complete ? 'ANSWERED' : 'BROKEN', text));
      response.on('error', () => end('BROKEN', text));
    });
    sending.on('error', (error) => end('REFUSED', String(error)));
    sending.end(JSON.stringify(asked.body));
  }

  const timer = setInterval(() => {
    for (let n = 0; n < EACH_TICK && sent.length < limit && underWay < MAX_UNDER_WAY; n++) {
      send(next(sent.length));
    }
  }, TICK_MS);

  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
    });

  return {
    sent,
    answered: (count) => until(() => answers >= count),
    async stop() {
      clearInterval(timer);
      await until(() => underWay === 0);
      agent.destroy();
    },
  };
}
