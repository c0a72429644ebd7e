import { checkBeat } from '../../loop/heartbeat.ts';
import { watchOnce } from '../../loop/watch.ts';
import { base } from './base.ts';
import { awsDesk, flushing } from './desk.ts';
import { once } from './once.ts';

// Neither touches a host, and neither is built with what could.
const desk = once(async () => awsDesk(await base()));

/** One round over the watch list. */
export const watch = async (): ReturnType<typeof watchOnce> => flushing(await desk(), watchOnce);

export const heartbeat = async (): ReturnType<typeof checkBeat> => flushing(await desk(), checkBeat);
