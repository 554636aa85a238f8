import { createHandler } from '../../shared/delivery/handler.ts';
import { DESTINATION } from './destination.ts';

export const handler = createHandler(DESTINATION);
