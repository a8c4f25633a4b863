/** Settings and limits as they were promised. What they do is seen on the services, in the suites of those. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUTH_SETTINGS } from '../../platform/auth/settings.ts';
import { delayAfter } from '../../platform/backend/sockets/index.ts';
import { ENVIRONMENTS } from '../../platform/shared/critical-values.ts';
import { businessValue } from '../support/business-value.ts';
import { CONTRACT } from '../support/environments.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'security',
  strategicImpact: 'Settings meant for a laptop must never reach customers',
});

test('the settings of each environment are those of the contract', (t) => {
  value(t, 'A setting is changed on purpose or not at all');
  const settings = Object.fromEntries(
    ENVIRONMENTS.map((name) => {
      const { accessMinutes, refreshDays, sessionSeconds, loginLimit, lockoutAfter, passwordLength } =
        AUTH_SETTINGS[name];
      const { attempts, period } = loginLimit;
      return [
        name,
        [accessMinutes, refreshDays, sessionSeconds, attempts, period, lockoutAfter, passwordLength],
      ];
    }),
  );
  assert.deepEqual(settings, CONTRACT);
});

test('waits between attempts at delivery double from 100 ms to 2 s', (t) => {
  value(t, 'A network that is down is not hammered');
  const contract = { deliveryDelay: 100, longestDeliveryDelay: 2_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((failed) => delayAfter(failed, contract)),
    [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000],
  );
});
