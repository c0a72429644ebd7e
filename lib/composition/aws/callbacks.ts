import { addCallbacks } from '../../api/callbacks.ts';
import { shell } from '../../api/shell.ts';
import { createAnswers } from '../../loop/answers.ts';
import { signingSecrets } from '../secretSettings.ts';
import { base } from './base.ts';
import { awsDesk } from './desk.ts';
import { once } from './once.ts';
import type { HttpPart } from './stack.ts';

/** The signed answers of Slack and PagerDuty. */
export const callbacks = once(async (): Promise<HttpPart> => {
  const given = await base();
  const { settings } = given;
  const desk = awsDesk(given);
  const fetch = shell(
    {
      operations: createAnswers(desk),
      clock: desk.clock,
      log: desk.log,
      slack: { secrets: signingSecrets(settings, 'slack') },
      pagerduty: { secrets: signingSecrets(settings, 'pagerduty') },
      loopback: false,
      url: settings.url,
    },
    [addCallbacks],
  );
  return { fetch, flush: desk.timers.flush };
});
