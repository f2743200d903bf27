/**
 * Kubernetes replaces `$(NAME)` and `$$` in a container's command, arguments and variables. What comes from a pull
 * request has to arrive as it is.
 */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}
