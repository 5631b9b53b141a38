/** How a model differs from its format's plainest one: data of the provider's profile. */

/** Who can read a signature or an encrypted thought. */
export type Family = 'openai' | 'anthropic' | 'google' | 'bedrock' | 'xai' | 'other';

export interface Rules {
  readonly family: Family;
  /** The most a model writes, where the target demands a number and the client gave none. */
  readonly maximumOutputTokens: number;
  /** How reasoning is asked for: tokens it may take, a word for how hard to try, both together, or not at all. */
  readonly reasoning: 'budget' | 'effort' | 'adaptive' | 'none';
  /** Does the model take system messages between turns? */
  readonly middleSystem: boolean;
  /** Gemini's documented stand-in for a signature that was lost. */
  readonly mayUseSentinel: boolean;
}

/** What holds where a profile says nothing of a model. */
export const PLAIN_RULES: Rules = {
  family: 'other', maximumOutputTokens: 8192, reasoning: 'adaptive', middleSystem: true, mayUseSentinel: false,
};
