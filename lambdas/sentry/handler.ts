import { createHandler } from '../../engine/handler.ts';
import { DESTINATION } from './destination.ts';

export const handler = createHandler(DESTINATION);
