/** What Anthropic refuses besides wrong types: calls without results, results without calls, strange ids, thoughts of others. */
import { Invalid, textIn, type Json } from '../read.ts';
import { isSignedBy } from '../signature.ts';

export interface Message {
  readonly role: 'user' | 'assistant' | 'system';
  readonly blocks: readonly Json[];
}

const ID = /^[A-Za-z0-9_-]+$/;

/** @throws Invalid naming the place */
export function checkBlocks(messages: readonly Message[]): void {
  messages.forEach(({ blocks }, index) => {
    blocks.forEach((block, at) => checkBlock(block, `messages.${index}.content.${at}`));
    checkCalls(messages, index);
  });
}

function checkBlock(block: Json, place: string): void {
  const type = textIn(block['type']);
  switch (type) {
    case null: throw new Invalid('Field required', `${place}.type`);
    case 'text':
      if (textIn(block['text']) === '') throw new Invalid('text content blocks must be non-empty', place);
      return;
    case 'tool_use':
      if (!ID.test(textIn(block['id']) ?? '')) throw new Invalid("String should match pattern '^[a-zA-Z0-9_-]+$'", `${place}.tool_use.id`);
      return;
    case 'thinking':
      if (!isSignedBy('anthropic', textIn(block['signature']) ?? '')) throw new Invalid('Invalid `signature` in `thinking` block', place);
      return;
    case 'redacted_thinking':
      if (!isSignedBy('anthropic', textIn(block['data']) ?? '')) throw new Invalid('Invalid `data` in `redacted_thinking` block', place);
      return;
    default: return;
  }
}

/** The results of a message's calls are in the next one, before anything else there. */
function checkCalls(messages: readonly Message[], index: number): void {
  const called = idsIn(messages[index], 'tool_use', 'id');
  const next = messages[index + 1];
  const answered = idsIn(next, 'tool_result', 'tool_use_id');
  const open = called.filter((id) => !answered.includes(id));
  if (open.length > 0) {
    throw new Invalid(
      `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must`
      + ' have a corresponding `tool_result` block in the next message.', `messages.${index + 1}`,
    );
  }
  const stray = answered.find((id) => !called.includes(id));
  if (stray !== undefined) {
    throw new Invalid(
      `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding`
      + ' `tool_use` block in the previous message.', `messages.${index + 1}.content.0`,
    );
  }
  if (index === 0 && idsIn(messages[0], 'tool_result', 'tool_use_id').length > 0) {
    throw new Invalid('unexpected `tool_use_id` found in `tool_result` blocks', 'messages.0.content.0');
  }
}

const idsIn = (message: Message | undefined, type: string, name: string): string[] =>
  (message?.blocks ?? []).flatMap((block) => (block['type'] === type ? [String(block[name])] : []));
