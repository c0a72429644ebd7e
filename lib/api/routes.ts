import { auditRoutes } from './audit.ts';
import { catalogueRoutes } from './catalogue.ts';
import { demotionRoutes } from './demotions.ts';
import { hostRoutes } from './hosts.ts';
import { incidentRoutes } from './incidents.ts';
import { planRoutes } from './plans.ts';
import type { Route } from './route.ts';
import { runRoutes } from './runs.ts';
import { stopRoutes } from './stop.ts';
import { tokenRoutes } from './tokenRoutes.ts';
import { watchRoutes } from './watches.ts';
import { windowRoutes } from './windows.ts';

/** Everything under /api but blobs, which are bytes. */
export const routes: readonly Route[] = [
  ...incidentRoutes,
  ...planRoutes,
  ...stopRoutes,
  ...windowRoutes,
  ...demotionRoutes,
  ...catalogueRoutes,
  ...runRoutes,
  ...hostRoutes,
  ...auditRoutes,
  ...tokenRoutes,
  ...watchRoutes,
];
