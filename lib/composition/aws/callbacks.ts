import { addCallbacks } from '../../api/callbacks.ts';
import { shell } from '../../api/shell.ts';
import { createAnswers } from '../../loop/answers.ts';
import { signingSecrets } from '../secretSettings.ts';
import { base } from './base.ts';
import { once } from './once.ts';
import { awsDeps } from './ports.ts';
import type { HttpPart } from './stack.ts';

/** The signed answers of Slack and PagerDuty. */
export const callbacks = once(async (): Promise<HttpPart> => {
  const given = await base();
  const { settings } = given;
  const deps = awsDeps(given);
  const fetch = shell(
    {
      operations: createAnswers(deps),
      clock: deps.clock,
      log: deps.log,
      slack: { secrets: signingSecrets(settings, 'slack') },
      pagerduty: { secrets: signingSecrets(settings, 'pagerduty') },
      loopback: false,
      url: settings.url,
    },
    [addCallbacks],
  );
  return { fetch, flush: deps.timers.flush };
});
