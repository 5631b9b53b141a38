/** What the clients that run in Node ask; those in Python say the same in their own words. */
import { z } from 'zod';

export const HELLO = 'hello';
/** The simulator calls the tools whose names it reads. */
export const WEATHER_ONLY = 'How is the weather in Rome?';
export const BOTH = 'Use get_weather and get_traffic for Rome.';
export const RESULT = 'fine';
export const TEXTS = ['a text', 'another text'];
export const PLACE = z.object({ city: z.string() });
export const PERSON = z.object({ name: z.string(), age: z.number() });
export const TOOL_NAMES = ['get_weather', 'get_traffic'] as const;

/** One red pixel. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
